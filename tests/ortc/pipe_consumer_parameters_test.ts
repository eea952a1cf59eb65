/** Consumers that get all streams of a producer. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { getConsumerRtpParameters, getPipeConsumerRtpParameters } from "../../sfu/ortc.ts";
import type { RtcpFeedback, RtpParameters } from "../../sfu/types.ts";
import { consumable, routerCapabilities, uris } from "./fixtures.ts";

const feedbackTypes = (feedback: RtcpFeedback[] | undefined): string[] =>
  feedback!.map(({ type, parameter }) => `${type} ${parameter}`.trim());

function allStreams(enableRtx: boolean): RtpParameters {
  return getConsumerRtpParameters({
    consumableRtpParameters: consumable(),
    remoteRtpCapabilities: routerCapabilities(),
    pipe: true,
    enableRtx,
  });
}

test("with pipe all streams are kept, each with SSRCs of our own", () => {
  for (const enableRtx of [true, false]) {
    const { encodings } = allStreams(enableRtx);
    const first = encodings![0].ssrc!;
    const firstRtx = encodings![0].rtx?.ssrc;
    assert.deepEqual(
      encodings,
      consumable().encodings!.map((encoding, index) => ({
        ...encoding,
        ssrc: first + index,
        ...(enableRtx && { rtx: { ssrc: firstRtx! + index } }),
      })),
    );
  }
});

test("a pipe consumer has all streams, but nothing that concerns one hop only", () => {
  const consumableRtpParameters = consumable();
  const { codecs, encodings, headerExtensions, rtcp, msid } = getPipeConsumerRtpParameters({
    consumableRtpParameters,
    enableRtx: false,
  });
  assert.deepEqual(codecs.map(({ payloadType }) => payloadType), [101]);
  assert.deepEqual(feedbackTypes(codecs[0].rtcpFeedback), ["nack pli", "ccm fir"]);
  assert.deepEqual(encodings!.map(({ rtx, scalabilityMode }) => ({ rtx, scalabilityMode })), [
    { rtx: undefined, scalabilityMode: "L1T3" },
    { rtx: undefined, scalabilityMode: "L1T3" },
    { rtx: undefined, scalabilityMode: "L1T3" },
  ]);
  assert.deepEqual(headerExtensions!.map(({ id }) => id), [7, 8, 9, 11, 12]);
  assert.deepEqual(headerExtensions![0], {
    uri: uris.dependencyDescriptor,
    id: 7,
    encrypt: false,
    parameters: {},
  });
  assert.deepEqual(rtcp, { cname: "alice", reducedSize: true });
  assert.equal(msid, "stream track");
});

test("a pipe consumer with RTX has RTX codecs, NACK and RTX streams", () => {
  const { codecs, encodings } = getPipeConsumerRtpParameters({
    consumableRtpParameters: consumable(),
    enableRtx: true,
  });
  assert.deepEqual(codecs.map(({ payloadType }) => payloadType), [101, 102]);
  assert.deepEqual(feedbackTypes(codecs[0].rtcpFeedback), ["nack", "nack pli", "ccm fir"]);
  const first = encodings![0].rtx!.ssrc;
  assert.deepEqual(encodings!.map(({ rtx }) => rtx!.ssrc), [first, first + 1, first + 2]);
});

test("media and RTX streams never share an SSRC", () => {
  const consumableRtpParameters = consumable();
  for (let round = 0; round < 500; round++) {
    const { encodings } = getPipeConsumerRtpParameters({
      consumableRtpParameters,
      enableRtx: true,
    });
    const ssrcs = encodings!.flatMap(({ ssrc, rtx }) => [ssrc, rtx!.ssrc]);
    assert.equal(new Set(ssrcs).size, 6);
  }
});

test("consumers share nothing with the producer they receive", () => {
  const consumableRtpParameters = consumable();
  const before = structuredClone(consumableRtpParameters);
  const spoil = (parameters: RtpParameters): void => {
    parameters.codecs[0].parameters!.foo = 2;
    parameters.codecs[0].rtcpFeedback!.length = 0;
    parameters.headerExtensions![0].id = 99;
    parameters.encodings![0].ssrc = 1;
    parameters.rtcp!.cname = "mallory";
  };
  for (const pipe of [false, true]) {
    spoil(getConsumerRtpParameters({
      consumableRtpParameters,
      remoteRtpCapabilities: routerCapabilities(),
      pipe,
      enableRtx: true,
    }));
  }
  for (let round = 0; round < 2; round++) {
    const piped = getPipeConsumerRtpParameters({ consumableRtpParameters, enableRtx: true });
    assert.equal(piped.headerExtensions![0].id, 7);
    spoil(piped);
  }
  assert.deepEqual(consumableRtpParameters, before);
});

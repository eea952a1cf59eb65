import assert from "node:assert/strict";
import { test } from "node:test";
import { UnsupportedError } from "../../sfu/base/errors.ts";
import { canConsume, getConsumerRtpParameters } from "../../sfu/ortc.ts";
import type { RtcpFeedback, RtpCapabilities, RtpParameters } from "../../sfu/types.ts";
import {
  audioParameters,
  consumable,
  h264,
  refuses,
  routerCapabilities,
  uris,
  videoParameters,
  wrong,
} from "./fixtures.ts";

function consumer(
  change: (caps: RtpCapabilities) => void = (): void => {},
  { params = videoParameters(), enableRtx = true } = {},
): RtpParameters {
  const remoteRtpCapabilities = routerCapabilities();
  change(remoteRtpCapabilities);
  return getConsumerRtpParameters({
    consumableRtpParameters: consumable(params),
    remoteRtpCapabilities,
    pipe: false,
    enableRtx,
  });
}

const feedbackTypes = (feedback: RtcpFeedback[] | undefined): string[] =>
  feedback!.map(({ type, parameter }) => `${type} ${parameter}`.trim());

function dropExtensions(...dropped: string[]): (caps: RtpCapabilities) => void {
  return (caps) => {
    caps.headerExtensions = caps.headerExtensions!.filter(({ uri }) => !dropped.includes(uri));
  };
}

function dropCodecs(...dropped: number[]): (caps: RtpCapabilities) => void {
  return (caps) => {
    caps.codecs = caps.codecs!.filter((codec) => !dropped.includes(codec.preferredPayloadType));
  };
}

test("a consumer gets one stream with an SSRC of our own, and one for RTX after it", () => {
  const { encodings, codecs, mid, rtcp, msid } = consumer();
  const [{ ssrc }] = encodings!;
  assert.deepEqual(encodings, [{
    ssrc,
    rtx: { ssrc: ssrc! + 1 },
    scalabilityMode: "L3T3",
    maxBitrate: 900_000,
  }]);
  assert.ok(ssrc! >= 100_000_000 && ssrc! < 1_000_000_000);
  assert.deepEqual(codecs.map(({ payloadType }) => payloadType), [101, 102]);
  assert.deepEqual(codecs[0].parameters, { foo: 1 });
  assert.equal(mid, undefined);
  assert.equal(msid, "stream track");
  assert.deepEqual(rtcp, { cname: "alice", reducedSize: true });
});

const modes: [given: (string | undefined)[], expected: string | undefined][] = [
  [[undefined], undefined],
  [["L3T3_KEY"], "L3T3_KEY"],
  [["L1T2"], "L1T2"],
  [[undefined, undefined], "L2T1"],
  [[undefined, "L1T3"], "L2T3"],
  [["L1T2", "L1T3", undefined], "L3T2"],
  [["S1T3", "chicken"], "L2T3"],
];

test("each stream of simulcast becomes a spatial layer of the consumer", () => {
  for (const [given, expected] of modes) {
    const params = videoParameters();
    params.encodings = given.map((scalabilityMode, index) => ({
      ssrc: index + 1,
      scalabilityMode,
    }));
    assert.equal(
      consumer(undefined, { params }).encodings![0].scalabilityMode,
      expected,
      `${given}`,
    );
  }
});

test("without RTX there are neither RTX codecs nor NACK", () => {
  const { codecs, encodings } = consumer(undefined, { enableRtx: false });
  assert.deepEqual(codecs.map(({ mimeType }) => mimeType), ["video/VP8"]);
  assert.deepEqual(feedbackTypes(codecs[0].rtcpFeedback), ["nack pli", "ccm fir", "transport-cc"]);
  assert.equal(encodings![0].rtx, undefined);
});

test("an endpoint without RTX still gets NACK", () => {
  const { codecs, encodings } = consumer(dropCodecs(102, 104));
  assert.deepEqual(codecs.map(({ mimeType }) => mimeType), ["video/VP8"]);
  assert.ok(feedbackTypes(codecs[0].rtcpFeedback).includes("nack"));
  assert.equal(encodings![0].rtx, undefined);
});

test("RTX without its media codec is left out", () => {
  const params = videoParameters();
  params.codecs.push(
    { mimeType: "video/H264", payloadType: 98, clockRate: 90000, parameters: h264.parameters },
    { mimeType: "video/rtx", payloadType: 99, clockRate: 90000, parameters: { apt: 98 } },
  );
  const { codecs } = consumer(dropCodecs(101), { params });
  assert.deepEqual(codecs.map(({ payloadType }) => payloadType), [103, 104]);
});

test("feedback is that of the endpoint", () => {
  const { codecs } = consumer((caps) => {
    caps.codecs![1].rtcpFeedback = [{ type: "nack", parameter: "pli" }, { type: "foo" }];
  });
  assert.deepEqual(codecs[0].rtcpFeedback, [
    { type: "nack", parameter: "pli" },
    { type: "foo", parameter: "" },
  ]);
});

test("bandwidth is estimated from transport-wide feedback, else REMB, else not at all", () => {
  const feedback = (change: (caps: RtpCapabilities) => void): string[] =>
    feedbackTypes(consumer(change).codecs[0].rtcpFeedback).slice(3);
  assert.deepEqual(feedback(() => {}), ["transport-cc"]);
  assert.deepEqual(feedback(dropExtensions(uris.absSendTime)), ["transport-cc"]);
  assert.deepEqual(feedback(dropExtensions(uris.transportCc)), ["goog-remb"]);
  assert.deepEqual(feedback(dropExtensions(uris.transportCc, uris.absSendTime)), []);
});

test("header extensions are those that the endpoint has under the same id", () => {
  const ids = (change: (caps: RtpCapabilities) => void): number[] =>
    consumer(change).headerExtensions!.map(({ id }) => id);
  assert.deepEqual(ids(() => {}), [1, 4, 5, 7, 8, 9, 11, 12]);
  assert.deepEqual(ids(dropExtensions(uris.orientation, uris.toffset)), [1, 4, 5, 7, 11, 12]);
  const moved = (caps: RtpCapabilities): void => {
    for (const ext of caps.headerExtensions!) if (ext.uri === uris.mid) ext.preferredId = 14;
  };
  assert.deepEqual(ids(moved), [4, 5, 7, 8, 9, 11, 12]);
  assert.deepEqual(ids((caps) => caps.headerExtensions = []), []);
});

test("a consumer without a codec in common is unsupported", () => {
  const incompatible: ((caps: RtpCapabilities) => void)[] = [
    (caps) => caps.codecs = [],
    dropCodecs(101),
    (caps) => caps.codecs![1].clockRate = 48000,
  ];
  for (const change of incompatible) {
    assert.throws(
      () => consumer(change),
      (error) =>
        error instanceof UnsupportedError && error.message === "no compatible media codecs",
    );
  }
});

test("canConsume tells whether a consumer is possible", () => {
  const can = (change: (caps: RtpCapabilities) => void, params?: RtpParameters): boolean => {
    const caps = routerCapabilities();
    change(caps);
    return canConsume(consumable(params), caps);
  };
  assert.equal(can(() => {}), true);
  assert.equal(can(() => {}, audioParameters()), true);
  assert.equal(can(dropCodecs(101)), false, "RTX alone is not enough");
  assert.equal(can(dropCodecs(101, 102, 103, 104), audioParameters()), true);
  assert.equal(can((caps) => caps.codecs = undefined), false);
  assert.equal(can((caps) => caps.codecs![0].channels = 1, audioParameters()), false);
  refuses(() => can((caps) => caps.codecs = wrong({})), "caps.codecs is not an array");
});

test("malformed codecs of the endpoint are refused", () => {
  refuses(
    () => consumer((caps) => caps.codecs![0].clockRate = wrong("48000")),
    "missing codec.clockRate",
  );
});

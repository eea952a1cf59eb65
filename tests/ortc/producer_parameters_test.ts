import assert from "node:assert/strict";
import { test } from "node:test";
import { UnsupportedError } from "../../sfu/base/errors.ts";
import { generateRouterRtpCapabilities, getConsumableRtpParameters } from "../../sfu/ortc.ts";
import type { RtpParameters } from "../../sfu/types.ts";
import {
  audioParameters,
  h264,
  mapped,
  opus,
  refuses,
  routerCapabilities,
  uris,
  videoParameters,
  vp8,
} from "./fixtures.ts";

test("payload types and streams are mapped to those of the router", () => {
  const mapping = mapped(videoParameters());
  assert.deepEqual(mapping.codecs, [
    { payloadType: 96, mappedPayloadType: 101 },
    { payloadType: 97, mappedPayloadType: 102 },
  ]);
  const [first, second, third] = mapping.encodings;
  assert.deepEqual(first, { ssrc: 1111, rid: "a", mappedSsrc: first.mappedSsrc });
  assert.deepEqual(second, { ssrc: 2221, rid: "b", mappedSsrc: first.mappedSsrc + 1 });
  assert.deepEqual(third, { rid: "c", mappedSsrc: first.mappedSsrc + 2 });
  assert.ok(first.mappedSsrc >= 100_000_000 && first.mappedSsrc < 2 ** 32);
});

test("several codecs are mapped each, with media codecs first", () => {
  const params: RtpParameters = {
    mid: "0",
    codecs: [
      { mimeType: "video/rtx", payloadType: 97, clockRate: 90000, parameters: { apt: 96 } },
      { mimeType: "VIDEO/VP8", payloadType: 96, clockRate: 90000 },
      { mimeType: "video/rtx", payloadType: 99, clockRate: 90000, parameters: { apt: 98 } },
      { mimeType: "video/H264", payloadType: 98, clockRate: 90000, parameters: h264.parameters },
    ],
    encodings: [{ codecPayloadType: 98 }],
  };
  assert.deepEqual(mapped(structuredClone(params)).codecs, [
    { payloadType: 96, mappedPayloadType: 101 },
    { payloadType: 98, mappedPayloadType: 103 },
    { payloadType: 97, mappedPayloadType: 102 },
    { payloadType: 99, mappedPayloadType: 104 },
  ]);
});

test("the negotiated H264 level is written into the producer's parameters", () => {
  const params: RtpParameters = {
    mid: "0",
    codecs: [{
      mimeType: "video/H264",
      payloadType: 96,
      clockRate: 90000,
      parameters: { "packetization-mode": 1, "profile-level-id": "42e034" },
    }],
    encodings: [{}],
  };
  mapped(params);
  assert.equal(params.codecs[0].parameters!["profile-level-id"], "42e01f");
});

test("codecs that the router lacks are unsupported", () => {
  const router = generateRouterRtpCapabilities([
    opus,
    { ...h264, parameters: { "packetization-mode": 1, "profile-level-id": "640032" } },
  ]);
  const codecs: RtpParameters["codecs"] = [
    { mimeType: "video/VP8", payloadType: 96, clockRate: 90000 },
    { mimeType: "video/H264", payloadType: 96, clockRate: 90000, parameters: h264.parameters },
    { mimeType: "audio/opus", payloadType: 96, clockRate: 48000, channels: 1 },
  ];
  for (const codec of codecs) {
    assert.throws(
      () => mapped({ mid: "0", codecs: [codec], encodings: [{}] }, router),
      (error) =>
        error instanceof UnsupportedError &&
        error.message === `unsupported codec [mimeType:${codec.mimeType}, payloadType:96]`,
    );
  }
});

test("RTX is unsupported when the router has none for the codec", () => {
  const router = generateRouterRtpCapabilities([vp8]);
  router.codecs = router.codecs!.filter((codec) => codec.mimeType !== "video/rtx");
  assert.throws(
    () => mapped(videoParameters(), router),
    (error) =>
      error instanceof UnsupportedError &&
      error.message === "no RTX codec for capability codec PT 100",
  );
});

function consumable(kind: string, params: RtpParameters): RtpParameters {
  const caps = routerCapabilities();
  return getConsumableRtpParameters(kind, params, caps, mapped(params, caps));
}

test("consumable parameters are in the router's terms and keep the producer's format", () => {
  const params = videoParameters();
  const caps = routerCapabilities();
  const mapping = mapped(params, caps);
  const result = getConsumableRtpParameters("video", params, caps, mapping);
  assert.deepEqual(result.codecs.map(({ rtcpFeedback: _, ...codec }) => codec), [
    { mimeType: "video/VP8", payloadType: 101, clockRate: 90000, parameters: { foo: 1 } },
    { mimeType: "video/rtx", payloadType: 102, clockRate: 90000, parameters: { apt: 101 } },
  ]);
  assert.deepEqual(result.codecs[0].rtcpFeedback, caps.codecs![1].rtcpFeedback);
  const ssrc = mapping.encodings[0].mappedSsrc;
  assert.deepEqual(result.encodings, [
    { ssrc, dtx: false, maxBitrate: 100_000, scalabilityMode: "L1T3" },
    { ssrc: ssrc + 1, dtx: false, maxBitrate: 900_000, scalabilityMode: "L1T3" },
    { ssrc: ssrc + 2, dtx: true, maxBitrate: 300_000, scalabilityMode: "L1T3" },
  ]);
  assert.deepEqual(result.rtcp, { cname: "alice", reducedSize: true });
  assert.equal(result.msid, "stream track");
  assert.equal(result.mid, undefined);
});

test("RTX is offered to consumers even if the producer has none", () => {
  const params = videoParameters();
  params.codecs.pop();
  const { codecs } = consumable("video", params);
  assert.deepEqual(codecs.map(({ payloadType }) => payloadType), [101, 102]);
});

test("consumable header extensions are those that we send, whatever the producer has", () => {
  const ids = (kind: string, params: RtpParameters): number[] =>
    consumable(kind, params).headerExtensions!.map(({ id }) => id);
  assert.deepEqual(ids("audio", audioParameters()), [1, 4, 6, 11, 12]);
  assert.deepEqual(ids("video", videoParameters()), [1, 4, 5, 7, 8, 9, 11, 12]);
});

test("the capture time is offered only if the producer sends it", () => {
  const params = audioParameters();
  params.headerExtensions = [{ uri: uris.absCaptureTime, id: 3 }];
  const extension = consumable("audio", params).headerExtensions!.find(({ id }) => id === 10);
  assert.deepEqual(extension, {
    uri: uris.absCaptureTime,
    id: 10,
    encrypt: false,
    parameters: {},
  });
});

test("a producer's codecs must be of its kind", () => {
  refuses(() => consumable("audio", videoParameters()), "codec video/VP8 is not audio");
  refuses(() => consumable("video", audioParameters()), "codec audio/opus is not video");
});

test("consumable parameters share nothing with what they were made of", () => {
  const params = videoParameters();
  const caps = routerCapabilities();
  const result = getConsumableRtpParameters("video", params, caps, mapped(params, caps));
  const before = structuredClone(result);
  params.codecs[0].parameters!.foo = 2;
  params.encodings![0].maxBitrate = 1;
  caps.codecs![1].rtcpFeedback!.length = 0;
  assert.deepEqual(result, before);
});

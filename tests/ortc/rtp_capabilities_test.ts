import assert from "node:assert/strict";
import { test } from "node:test";
import { validateAndNormalizeRtpCapabilities } from "../../sfu/ortc.ts";
import type { RtpCapabilities, RtpCodecCapability, RtpHeaderExtension } from "../../sfu/types.ts";
import { refuses, uris, wrong, type WrongField } from "./fixtures.ts";

function capabilities(): RtpCapabilities {
  return {
    codecs: [{
      kind: "audio",
      mimeType: "audio/opus",
      preferredPayloadType: 100,
      clockRate: 48000,
      channels: 2,
      parameters: { useinbandfec: 1 },
      rtcpFeedback: [{ type: "nack" }],
    }],
    headerExtensions: [{ kind: "audio", uri: uris.mid, preferredId: 1 }],
  };
}

const codec = (caps: RtpCapabilities): RtpCodecCapability => caps.codecs![0];
const ext = (caps: RtpCapabilities): RtpHeaderExtension => caps.headerExtensions![0];

const wrongFields: WrongField<RtpCapabilities>[] = [
  ["codecs", (c) => c.codecs = wrong({}), "caps.codecs is not an array"],
  ["codecs", (c) => c.codecs = wrong(""), "caps.codecs is not an array"],
  ["codec", (c) => c.codecs![0] = wrong(null), "codec is not an object"],
  ["codec", (c) => c.codecs![0] = wrong("opus"), "codec is not an object"],
  ["codec", (c) => c.codecs![0] = wrong([]), "codec is not an object"],
  ["mimeType", (c) => codec(c).mimeType = wrong(undefined), "missing codec.mimeType"],
  ["mimeType", (c) => codec(c).mimeType = "", "missing codec.mimeType"],
  ["mimeType", (c) => codec(c).mimeType = wrong(7), "missing codec.mimeType"],
  ["mimeType", (c) => codec(c).mimeType = "opus", "invalid codec.mimeType"],
  ["mimeType", (c) => codec(c).mimeType = "audio/", "invalid codec.mimeType"],
  ["mimeType", (c) => codec(c).mimeType = "text/opus", "invalid codec.mimeType"],
  [
    "preferredPayloadType",
    (c) => codec(c).preferredPayloadType = wrong("100"),
    "invalid codec.preferredPayloadType",
  ],
  ...[-1, 128, 100.5, NaN, Infinity].map((value): WrongField<RtpCapabilities> => [
    "preferredPayloadType",
    (c) => codec(c).preferredPayloadType = value,
    "invalid codec.preferredPayloadType",
  ]),
  ["clockRate", (c) => codec(c).clockRate = wrong(undefined), "missing codec.clockRate"],
  ["clockRate", (c) => codec(c).clockRate = wrong("48000"), "missing codec.clockRate"],
  ...[0, -1, 0.5, NaN, 2 ** 32].map((value): WrongField<RtpCapabilities> => [
    "clockRate",
    (c) => codec(c).clockRate = value,
    "invalid codec.clockRate",
  ]),
  ...[0, 256, 1.5, "2", true].map((value): WrongField<RtpCapabilities> => [
    "channels",
    (c) => codec(c).channels = wrong(value),
    "invalid codec.channels",
  ]),
  ...[[], "x", 0, false].map((value): WrongField<RtpCapabilities> => [
    "parameters",
    (c) => codec(c).parameters = wrong(value),
    "invalid codec.parameters",
  ]),
  ...[null, true, {}, [], NaN, Infinity].map((value): WrongField<RtpCapabilities> => [
    "parameter",
    (c) => codec(c).parameters = { maxptime: value },
    /^invalid codec parameter \[key:maxptime, value:/,
  ]),
  ...["96", -1, 128, 1.5].map((value): WrongField<RtpCapabilities> => [
    "apt",
    (c) => codec(c).parameters = { apt: value },
    "invalid codec apt parameter",
  ]),
  ["rtcpFeedback", (c) => codec(c).rtcpFeedback = wrong({}), "codec.rtcpFeedback is not an array"],
  ["feedback", (c) => codec(c).rtcpFeedback = [wrong(null)], "fb is not an object"],
  ["feedback", (c) => codec(c).rtcpFeedback = [wrong("nack")], "fb is not an object"],
  ["feedback type", (c) => codec(c).rtcpFeedback = [wrong({})], "missing fb.type"],
  ["feedback type", (c) => codec(c).rtcpFeedback = [wrong({ type: 1 })], "missing fb.type"],
  [
    "feedback parameter",
    (c) => codec(c).rtcpFeedback = [{ type: "nack", parameter: wrong(1) }],
    "invalid fb.parameter",
  ],
  [
    "headerExtensions",
    (c) => c.headerExtensions = wrong({}),
    "caps.headerExtensions is not an array",
  ],
  ["extension", (c) => c.headerExtensions![0] = wrong(null), "ext is not an object"],
  ["extension", (c) => c.headerExtensions![0] = wrong(1), "ext is not an object"],
  ["extension kind", (c) => ext(c).kind = wrong(""), "invalid ext.kind"],
  ["extension kind", (c) => ext(c).kind = wrong("text"), "invalid ext.kind"],
  ["extension uri", (c) => ext(c).uri = wrong(""), "missing ext.uri"],
  ["extension uri", (c) => ext(c).uri = wrong(1), "missing ext.uri"],
  ["preferredId", (c) => ext(c).preferredId = wrong("1"), "missing ext.preferredId"],
  ...[0, 256, 1.5, -1, NaN].map((value): WrongField<RtpCapabilities> => [
    "preferredId",
    (c) => ext(c).preferredId = value,
    "invalid ext.preferredId",
  ]),
  ["preferredEncrypt", (c) => ext(c).preferredEncrypt = wrong(1), "invalid ext.preferredEncrypt"],
  ["direction", (c) => ext(c).direction = wrong(1), "invalid ext.direction"],
  ["direction", (c) => ext(c).direction = wrong("both"), "invalid ext.direction"],
];

test("capabilities with a wrong field are refused with a TypeError that names it", async (t) => {
  for (const [index, [what, spoil, message]] of wrongFields.entries()) {
    await t.test(`${what}, row ${index}`, () => {
      const caps = capabilities();
      spoil(caps);
      refuses(() => validateAndNormalizeRtpCapabilities(caps), message);
    });
  }
});

test("capabilities that are no object are refused", () => {
  for (const value of [undefined, null, 1, "caps", true, []]) {
    refuses(() => validateAndNormalizeRtpCapabilities(wrong(value)), "caps is not an object");
  }
});

test("absent fields of capabilities get their defaults", () => {
  const caps: RtpCapabilities = {
    codecs: [
      wrong({ mimeType: "AUDIO/opus", clockRate: 48000, preferredPayloadType: null }),
      wrong({ kind: "audio", mimeType: "video/VP8", clockRate: 90000, channels: 2 }),
    ],
    headerExtensions: [{ kind: "video", uri: uris.mid, preferredId: 255 }],
  };
  validateAndNormalizeRtpCapabilities(caps);
  assert.deepEqual(caps, {
    codecs: [
      {
        kind: "audio",
        mimeType: "AUDIO/opus",
        clockRate: 48000,
        channels: 1,
        parameters: {},
        rtcpFeedback: [],
      },
      { kind: "video", mimeType: "video/VP8", clockRate: 90000, parameters: {}, rtcpFeedback: [] },
    ],
    headerExtensions: [{
      kind: "video",
      uri: uris.mid,
      preferredId: 255,
      preferredEncrypt: false,
      direction: "sendrecv",
    }],
  });
});

test("empty capabilities get empty lists, whether absent or null", () => {
  for (const caps of [{}, { codecs: undefined }, wrong<RtpCapabilities>({ codecs: null })]) {
    validateAndNormalizeRtpCapabilities(caps);
    assert.deepEqual(caps, { codecs: [], headerExtensions: [] });
  }
});

test("a codec parameter without a value becomes an empty string", () => {
  const caps = capabilities();
  codec(caps).parameters = { stereo: undefined };
  validateAndNormalizeRtpCapabilities(caps);
  assert.deepEqual(codec(caps).parameters, { stereo: "" });
});

test("valid capabilities are left as they are", () => {
  const caps = capabilities();
  validateAndNormalizeRtpCapabilities(caps);
  const again = structuredClone(caps);
  validateAndNormalizeRtpCapabilities(again);
  assert.deepEqual(again, caps);
  assert.equal(codec(caps).preferredPayloadType, 100);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { UnsupportedError } from "../../sfu/base/errors.ts";
import {
  generateRouterRtpCapabilities,
  validateAndNormalizeRtpCapabilities,
} from "../../sfu/ortc.ts";
import { supportedRtpCapabilities } from "../../sfu/router/supported_rtp_capabilities.ts";
import type { RouterRtpCodecCapability } from "../../sfu/types.ts";
import { h264, opus, refuses, vp8, wrong } from "./fixtures.ts";

const videoFeedback = [
  { type: "nack", parameter: "" },
  { type: "nack", parameter: "pli" },
  { type: "ccm", parameter: "fir" },
  { type: "goog-remb", parameter: "" },
  { type: "transport-cc", parameter: "" },
];

/** Name and payload type of each codec. */
function payloadTypes(mediaCodecs: RouterRtpCodecCapability[]): string[] {
  return generateRouterRtpCapabilities(mediaCodecs).codecs!.map((codec) =>
    `${codec.mimeType.split("/")[1]} ${codec.preferredPayloadType}`
  );
}

test("a router has the chosen codecs, RTX for video, and all header extensions", () => {
  const capabilities = generateRouterRtpCapabilities([
    { ...opus, parameters: { useinbandfec: 1, foo: "bar" } },
    { ...vp8, preferredPayloadType: 125 },
    h264,
  ]);
  assert.deepEqual(capabilities.codecs, [
    {
      kind: "audio",
      mimeType: "audio/opus",
      preferredPayloadType: 100,
      clockRate: 48000,
      channels: 2,
      parameters: { useinbandfec: 1, foo: "bar" },
      rtcpFeedback: [{ type: "nack", parameter: "" }, { type: "transport-cc", parameter: "" }],
    },
    {
      kind: "video",
      mimeType: "video/VP8",
      preferredPayloadType: 125,
      clockRate: 90000,
      parameters: {},
      rtcpFeedback: videoFeedback,
    },
    {
      kind: "video",
      mimeType: "video/rtx",
      preferredPayloadType: 101,
      clockRate: 90000,
      parameters: { apt: 125 },
      rtcpFeedback: [],
    },
    {
      kind: "video",
      mimeType: "video/H264",
      preferredPayloadType: 102,
      clockRate: 90000,
      parameters: {
        "level-asymmetry-allowed": 1,
        "packetization-mode": 1,
        "profile-level-id": "42e01f",
      },
      rtcpFeedback: videoFeedback,
    },
    {
      kind: "video",
      mimeType: "video/rtx",
      preferredPayloadType: 103,
      clockRate: 90000,
      parameters: { apt: 102 },
      rtcpFeedback: [],
    },
  ]);
  assert.deepEqual(capabilities.headerExtensions, supportedRtpCapabilities.headerExtensions);
});

const choices: [mediaCodecs: RouterRtpCodecCapability[], expected: string[]][] = [
  [[], []],
  [[{ ...opus, mimeType: "AUDIO/OPUS" }], ["opus 100"]],
  // Static payload types are kept; a given one is taken out of the dynamic ones.
  [[
    { ...opus, preferredPayloadType: 100 },
    { kind: "audio", mimeType: "audio/PCMU", clockRate: 8000 },
    { kind: "audio", mimeType: "audio/PCMA", clockRate: 8000, channels: 1 },
    { kind: "audio", mimeType: "audio/CN", clockRate: 16000 },
    vp8,
  ], ["opus 100", "PCMU 0", "PCMA 8", "CN 13", "VP8 101", "rtx 102"]],
  [[{ ...opus, preferredPayloadType: 0 }], ["opus 0"]],
  [[vp8, { ...vp8, mimeType: "video/VP9" }, { ...vp8, mimeType: "video/AV1" }], [
    "VP8 100",
    "rtx 101",
    "VP9 102",
    "rtx 103",
    "AV1 104",
    "rtx 105",
  ]],
  [[{ ...vp8, mimeType: "video/H265", parameters: { "profile-id": 2 } }], ["H265 100", "rtx 101"]],
];

test("payload types are those given, static, or the next dynamic ones", () => {
  for (const [mediaCodecs, expected] of choices) {
    assert.deepEqual(payloadTypes(mediaCodecs), expected);
  }
});

test("dynamic payload types are 100 to 127, then 96 to 99", () => {
  const expected = Array.from({ length: 32 }, (_, i) => `opus ${i < 28 ? 100 + i : 68 + i}`);
  assert.deepEqual(payloadTypes(Array.from({ length: 32 }, () => opus)), expected);
  assert.throws(
    () => generateRouterRtpCapabilities(Array.from({ length: 33 }, () => opus)),
    { name: "Error", message: "cannot allocate more dynamic codec payload types" },
  );
  // The last video codec gets one for itself, but none for its RTX codec.
  assert.throws(
    () => generateRouterRtpCapabilities([...Array.from({ length: 31 }, () => opus), vp8]),
    { message: "cannot allocate more dynamic codec payload types" },
  );
});

test("codecs that we do not have are refused as unsupported", () => {
  const unsupported: RouterRtpCodecCapability[] = [
    { kind: "audio", mimeType: "audio/chicken", clockRate: 8000 },
    { ...opus, channels: 1 },
    { ...opus, clockRate: 44100 },
    { ...vp8, clockRate: 48000 },
    { kind: "audio", mimeType: "audio/multiopus", clockRate: 48000, channels: 6 },
    { kind: "video", mimeType: "video/rtx", clockRate: 90000 },
  ];
  for (const codec of unsupported) {
    assert.throws(() => generateRouterRtpCapabilities([codec]), (error) => {
      assert.ok(error instanceof UnsupportedError);
      assert.equal(error.message, `media codec not supported [mimeType:${codec.mimeType}]`);
      return true;
    });
  }
});

test("surround sound matches with the right streams", () => {
  const surround = {
    kind: "audio" as const,
    mimeType: "audio/multiopus",
    clockRate: 48000,
    channels: 6,
    parameters: { num_streams: 4, coupled_streams: 2 },
  };
  const [codec] = generateRouterRtpCapabilities([surround]).codecs!;
  assert.deepEqual(codec.parameters, {
    channel_mapping: "0,4,1,2,3,5",
    num_streams: 4,
    coupled_streams: 2,
  });
});

test("malformed media codecs are refused", () => {
  refuses(() => generateRouterRtpCapabilities(wrong({})), "mediaCodecs must be an Array");
  refuses(() => generateRouterRtpCapabilities(wrong(null)), "mediaCodecs must be an Array");
  refuses(() => generateRouterRtpCapabilities([wrong(null)]), "codec is not an object");
  refuses(
    () => generateRouterRtpCapabilities([wrong({ mimeType: "audio/opus" })]),
    "missing codec.clockRate",
  );
  refuses(
    () => generateRouterRtpCapabilities([{ ...opus, preferredPayloadType: 128 }]),
    "invalid codec.preferredPayloadType",
  );
  refuses(
    () => generateRouterRtpCapabilities([{ ...opus, parameters: { foo: (): void => {} } }]),
    /not data/,
  );
  for (const preferredPayloadType of [96, 110]) {
    const codec = { ...opus, preferredPayloadType };
    refuses(
      () => generateRouterRtpCapabilities([codec, codec]),
      "duplicated codec.preferredPayloadType",
    );
  }
});

test("the given media codecs and the table of codecs stay as they are", () => {
  const given: RouterRtpCodecCapability[] = [{ ...opus }, { ...vp8 }];
  const before = structuredClone(supportedRtpCapabilities);
  const capabilities = generateRouterRtpCapabilities(given);
  capabilities.codecs![0].rtcpFeedback!.push({ type: "x" });
  capabilities.headerExtensions!.length = 0;
  assert.deepEqual(given, [opus, vp8]);
  assert.deepEqual(supportedRtpCapabilities, before);
});

test("the table of codecs is frozen and complete", () => {
  assert.ok(Object.isFrozen(supportedRtpCapabilities.codecs[0].rtcpFeedback));
  const table = structuredClone(supportedRtpCapabilities);
  validateAndNormalizeRtpCapabilities(table);
  assert.deepEqual(table, supportedRtpCapabilities);
});

test("header extension ids are the same for audio and video, and unique", () => {
  const ids = new Map<number, string>();
  for (const { preferredId, uri } of supportedRtpCapabilities.headerExtensions) {
    assert.equal(ids.get(preferredId) ?? uri, uri);
    ids.set(preferredId, uri);
  }
  assert.deepEqual([...ids.keys()], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
});

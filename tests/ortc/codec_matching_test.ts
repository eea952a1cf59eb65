import assert from "node:assert/strict";
import { test } from "node:test";
import { isRtxCodec, matchCodecs } from "../../sfu/ortc/codec_matching.ts";

type Parameters = Record<string, unknown>;

function matches(mimeType: string, a: Parameters, b: Parameters, strict = true): boolean {
  const clockRate = 90000;
  const left = matchCodecs(
    { mimeType, clockRate, parameters: { ...a } },
    { mimeType, clockRate, parameters: { ...b } },
    { strict },
  );
  const right = matchCodecs(
    { mimeType, clockRate, parameters: { ...b } },
    { mimeType, clockRate, parameters: { ...a } },
    { strict },
  );
  assert.equal(left, right, "matching does not depend on the order");
  return left;
}

test("codecs match by name, clock rate and channels", () => {
  const opus = { mimeType: "audio/opus", clockRate: 48000, channels: 2 };
  assert.equal(matchCodecs(opus, { ...opus, mimeType: "AUDIO/Opus" }), true);
  assert.equal(matchCodecs(opus, { ...opus, mimeType: "audio/opuses" }), false);
  assert.equal(matchCodecs(opus, { ...opus, clockRate: 16000 }), false);
  assert.equal(matchCodecs(opus, { ...opus, channels: 1 }), false);
});

const formats: [codec: string, a: Parameters, b: Parameters, strict: boolean, loose: boolean][] = [
  ["video/VP8", {}, { anything: 1 }, true, true],
  // AV1: Main profile, Main tier and level 3.1 unless given; the level is free.
  ["video/AV1", {}, { profile: 0, tier: 0, "level-idx": 5 }, true, true],
  ["video/AV1", {}, { profile: "0", "level-idx": "31" }, true, true],
  ["video/AV1", { profile: 0 }, { profile: 1 }, false, true],
  ["video/AV1", { profile: 2 }, { profile: 2 }, true, true],
  ["video/AV1", { profile: 3 }, { profile: 3 }, false, true],
  ["video/AV1", {}, { tier: 1 }, false, true],
  ["video/AV1", { "level-idx": 32 }, { "level-idx": 32 }, false, true],
  ["video/VP9", {}, { "profile-id": 0 }, true, true],
  ["video/VP9", { "profile-id": 2 }, { "profile-id": 2 }, true, true],
  ["video/VP9", {}, { "profile-id": 2 }, false, true],
  [
    "audio/multiopus",
    { num_streams: 4, coupled_streams: 2 },
    {
      num_streams: 4,
      coupled_streams: 2,
      channel_mapping: "0,4,1,2,3,5",
    },
    true,
    true,
  ],
  [
    "audio/multiopus",
    { num_streams: 4, coupled_streams: 2 },
    { num_streams: 2, coupled_streams: 2 },
    false,
    false,
  ],
  [
    "audio/multiopus",
    { num_streams: 4, coupled_streams: 2 },
    { num_streams: 4, coupled_streams: 1 },
    false,
    false,
  ],
  // H264: packetization mode 0 and Baseline unless given; the level is free.
  ["video/H264", {}, {}, true, true],
  ["video/H264", {}, { "packetization-mode": 0 }, true, true],
  ["video/H264", {}, { "packetization-mode": 1 }, false, true],
  ["video/H264", {}, { "profile-level-id": "42e01f" }, true, true],
  ["video/H264", {}, { "profile-level-id": "4d0032" }, false, true],
  ["video/H264", { "profile-level-id": "42e01f" }, { "profile-level-id": "42e034" }, true, true],
  ["video/H264", { "profile-level-id": "42e01f" }, { "profile-level-id": "42f01f" }, true, true],
  ["video/H264", { "profile-level-id": "42e01f" }, { "profile-level-id": "42001f" }, false, true],
  ["video/H264", { "profile-level-id": "640032" }, { "profile-level-id": 640032 }, false, true],
  ["video/H264", { "profile-level-id": "640032" }, { "profile-level-id": "640c32" }, false, true],
  ["video/H264", { "profile-level-id": "chicken" }, { "profile-level-id": "42e01f" }, false, true],
  ["video/H264", { "profile-level-id": "chicken" }, { "profile-level-id": "chicken" }, false, true],
  // H265: Main profile, Main tier, level 3.1 and one stream unless given; the level is free.
  ["video/H265", {}, { "profile-id": 1, "tier-flag": 0, "level-id": 93 }, true, true],
  ["video/H265", {}, { "profile-id": "1", "tier-flag": "0", "tx-mode": "srst" }, true, true],
  ["video/H265", {}, { "profile-id": 2 }, false, true],
  ["video/H265", { "profile-id": 2 }, { "profile-id": 2 }, true, true],
  ["video/H265", {}, { "tier-flag": 1 }, false, true],
  ["video/H265", {}, { "profile-space": 1 }, false, true],
  ["video/H265", {}, { "tx-mode": "MRST" }, false, true],
  ["video/H265", { "level-id": 93 }, { "level-id": 186 }, true, true],
  ["video/H265", { "level-id": 256 }, {}, false, true],
  ["video/H265", { "level-id": "high" }, { "level-id": "high" }, false, true],
  ["video/H265", { "profile-id": 32 }, { "profile-id": 32 }, false, true],
  ["video/H265", { "profile-id": "" }, {}, false, true],
  ["video/H265", { "tier-flag": 2 }, { "tier-flag": 2 }, false, true],
];

test("format parameters decide whether codecs match", () => {
  for (const [codec, a, b, strict, loose] of formats) {
    const what = `${codec} ${JSON.stringify(a)} ${JSON.stringify(b)}`;
    assert.equal(matches(codec, a, b), strict, what);
    assert.equal(matches(codec, a, b, false), loose, `${what}, profile aside`);
  }
});

test("codecs without parameters match as if these were empty", () => {
  for (const name of ["VP9", "H264", "H265", "AV1"]) {
    const codec = { mimeType: `video/${name}`, clockRate: 90000 };
    assert.equal(matchCodecs({ ...codec }, { ...codec }, { strict: true, modify: true }), true);
  }
});

const negotiated: [codec: string, a: Parameters, b: Parameters, result: Parameters][] = [
  // RFC 6184, 8.2.2: without level asymmetry the lower level counts.
  [
    "H264",
    { "profile-level-id": "42e034" },
    { "profile-level-id": "42e01f" },
    { "profile-level-id": "42e01f" },
  ],
  [
    "H264",
    { "profile-level-id": "42e034", "level-asymmetry-allowed": 1 },
    { "profile-level-id": "42e01f", "level-asymmetry-allowed": 1 },
    { "profile-level-id": "42e034", "level-asymmetry-allowed": 1 },
  ],
  ["H264", {}, {}, {}],
  ["H265", { "level-id": 153 }, { "level-id": 93 }, { "level-id": 93 }],
  ["H265", { "level-id": 60 }, { "level-id": 93 }, { "level-id": 60 }],
  ["H265", { "level-id": "150" }, { "level-id": 93 }, { "level-id": 93 }],
  ["H265", {}, { "level-id": 120 }, {}],
  ["AV1", { "level-idx": 9 }, { "level-idx": 8 }, { "level-idx": 8 }],
  ["AV1", { "level-idx": 4 }, {}, { "level-idx": 4 }],
  ["AV1", {}, { "level-idx": 9 }, {}],
];

test("the negotiated level is written into the first codec, on demand", () => {
  for (const [name, a, b, result] of negotiated) {
    const first = { mimeType: `video/${name}`, clockRate: 90000, parameters: { ...a } };
    const second = { mimeType: `video/${name}`, clockRate: 90000, parameters: { ...b } };
    assert.equal(matchCodecs(first, second, { strict: true }), true);
    assert.deepEqual(first.parameters, a);
    assert.equal(matchCodecs(first, second, { strict: true, modify: true }), true);
    assert.deepEqual(first.parameters, result);
    assert.deepEqual(second.parameters, b);
  }
});

test("RTX codecs are known by their name", () => {
  assert.equal(isRtxCodec({ mimeType: "video/rtx" }), true);
  assert.equal(isRtxCodec({ mimeType: "AUDIO/RTX" }), true);
  assert.equal(isRtxCodec({ mimeType: "video/rtxx" }), false);
  assert.equal(isRtxCodec({ mimeType: "rtx" }), false);
});

/** Fields of a producer's parameters that are each right, but not together. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { generateRouterRtpCapabilities } from "../../sfu/ortc.ts";
import type { RtpParameters } from "../../sfu/types.ts";
import {
  audioParameters,
  mapped,
  opus,
  refuses,
  uris,
  videoParameters,
  vp8,
  wrong,
  type WrongField,
} from "./fixtures.ts";

const contradictions: WrongField<RtpParameters>[] = [
  ["no codecs", (p) => p.codecs = [], "empty codecs"],
  ["twin payload types", (p) => p.codecs.push({ ...p.codecs[0] }), "duplicated payloadType"],
  ["RTX alone", (p) => p.codecs.shift(), "missing media codec found for RTX PT 97"],
  [
    "RTX of nothing",
    (p) => p.codecs[1].parameters = { apt: 98 },
    "missing media codec found for RTX PT 97",
  ],
  [
    "RTX without apt",
    (p) => p.codecs[1].parameters = {},
    "missing media codec found for RTX PT 97",
  ],
  [
    "RTX of RTX",
    (p) => p.codecs[1].parameters = { apt: 97 },
    "missing media codec found for RTX PT 97",
  ],
  [
    "unknown extension",
    (p) => p.headerExtensions = [{ uri: wrong("urn:x"), id: 1 }],
    "invalid RtpHeaderExtensionUri: urn:x",
  ],
  [
    "twin extension ids",
    (p) => p.headerExtensions = [{ uri: uris.mid, id: 1 }, { uri: uris.toffset, id: 1 }],
    "duplicated ext.id",
  ],
  [
    "too many encodings",
    (p) => p.encodings = Array.from({ length: 9 }, (_, index) => ({ ssrc: index + 1 })),
    "params.encodings has more than 8 entries",
  ],
  ["a stream nobody finds", (p) => p.encodings![1] = {}, "missing encoding.ssrc or encoding.rid"],
  [
    "a single stream nobody finds",
    (p) => {
      p.encodings = [{}];
      delete p.mid;
    },
    "missing encoding.ssrc, encoding.rid or params.mid",
  ],
  ["twin SSRCs", (p) => p.encodings![1].ssrc = 1111, "duplicated encoding.ssrc"],
  [
    "a media SSRC for RTX",
    (p) => p.encodings![1].rtx = { ssrc: 1111 },
    "duplicated encoding.ssrc",
  ],
  ["twin RIDs", (p) => p.encodings![1].rid = "a", "duplicated encoding.rid"],
  [
    "unknown codec of an encoding",
    (p) => p.encodings![0].codecPayloadType = 98,
    "unknown codecPayloadType",
  ],
  [
    "an RTX codec of an encoding",
    (p) => p.encodings![0].codecPayloadType = 97,
    "invalid codecPayloadType",
  ],
  [
    "simulcast of SVC",
    (p) => p.encodings![2].scalabilityMode = "L3T3",
    "cannot use both simulcast and encodings with multiple SVC spatial layers",
  ],
];

test("parameters that contradict each other are refused", async (t) => {
  for (const [what, spoil, message] of contradictions) {
    await t.test(what, () => {
      const params = videoParameters();
      spoil(params);
      refuses(() => mapped(params), message);
    });
  }
});

test("a single stream is found by MID, RID or SSRC", () => {
  for (const [mid, encoding] of [["0", {}], [undefined, { rid: "a" }], [undefined, { ssrc: 1 }]]) {
    const params = { ...audioParameters(), mid, encodings: [encoding] } as RtpParameters;
    assert.equal(mapped(params).encodings.length, 1);
  }
});

const layered: [mimeType: string, modes: string[], message: string | undefined][] = [
  ["video/VP8", ["L1T3"], undefined],
  ["video/VP8", ["L1T3", "L1T2"], undefined],
  ["video/H264", ["L1T3", "L1T3"], undefined],
  ["video/H265", ["L1T1", "L1T1"], undefined],
  ["video/H265", ["L1T3"], "video/H265 codec not supported for svc"],
  ["video/VP9", ["L3T3_KEY"], undefined],
  ["video/VP9", ["L1T1", "L1T1"], "video/VP9 codec not supported for simulcast"],
  ["video/AV1", ["L3T3"], undefined],
  ["video/AV1", ["L1T1", "L1T1"], "video/AV1 codec not supported for simulcast"],
  ["audio/opus", ["L1T3"], "audio/opus codec not supported for svc"],
  ["audio/opus", ["", ""], "audio/opus codec not supported for simulcast"],
  ["audio/opus", ["nonsense"], undefined],
];

test("layers and simulcast need a codec that has them", () => {
  for (const [mimeType, modes, message] of layered) {
    const audio = mimeType === "audio/opus";
    const codec = audio ? opus : { ...vp8, mimeType };
    const params: RtpParameters = {
      codecs: [{
        mimeType,
        payloadType: 96,
        clockRate: codec.clockRate,
        ...(audio && { channels: 2 }),
      }],
      encodings: modes.map((scalabilityMode, index) => ({ ssrc: index + 1, scalabilityMode })),
    };
    const call = (): unknown => mapped(params, generateRouterRtpCapabilities([codec]));
    if (message) refuses(call, message);
    else call();
  }
});

test("tones and comfort noise need a codec beside them", () => {
  const tones = { mimeType: "audio/telephone-event", payloadType: 110, clockRate: 48000 };
  const router = generateRouterRtpCapabilities([opus, {
    kind: "audio",
    mimeType: "audio/telephone-event",
    clockRate: 48000,
  }]);
  refuses(
    () => mapped({ codecs: [tones], encodings: [{ ssrc: 1 }] }, router),
    "no media codecs found",
  );
  const codecs = [tones, ...audioParameters().codecs];
  refuses(
    () => mapped({ codecs, encodings: [{ ssrc: 1, codecPayloadType: 110 }] }, router),
    "invalid codecPayloadType",
  );
  assert.equal(mapped({ codecs, encodings: [{ ssrc: 1 }] }, router).codecs.length, 2);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { validateAndNormalizeRtpParameters } from "../../sfu/ortc.ts";
import type {
  RtpCodecParameters,
  RtpEncodingParameters,
  RtpHeaderExtensionParameters,
  RtpParameters,
} from "../../sfu/types.ts";
import { refuses, uris, videoParameters, wrong, type WrongField } from "./fixtures.ts";

const codec = (params: RtpParameters): RtpCodecParameters => params.codecs[0];
const ext = (params: RtpParameters): RtpHeaderExtensionParameters => params.headerExtensions![0];
const encoding = (params: RtpParameters): RtpEncodingParameters => params.encodings![0];

const wrongFields: WrongField<RtpParameters>[] = [
  ["mid", (p) => p.mid = wrong(1), "params.mid is not a string"],
  ["mid", (p) => p.mid = wrong(false), "params.mid is not a string"],
  ["mid", (p) => p.mid = "m".repeat(33), "params.mid is not a string of at most 32 bytes"],
  ["mid", (p) => p.mid = "é".repeat(17), "params.mid is not a string of at most 32 bytes"],
  ["msid", (p) => p.msid = wrong(1), "params.msid is not a string"],
  ["codecs", (p) => p.codecs = wrong(undefined), "missing params.codecs"],
  ["codecs", (p) => p.codecs = wrong({}), "missing params.codecs"],
  ["codec", (p) => p.codecs[0] = wrong(null), "codec is not an object"],
  ["mimeType", (p) => codec(p).mimeType = wrong(1), "missing codec.mimeType"],
  ["mimeType", (p) => codec(p).mimeType = "VP8", "invalid codec.mimeType"],
  ["payloadType", (p) => codec(p).payloadType = wrong(undefined), "missing codec.payloadType"],
  ["payloadType", (p) => codec(p).payloadType = wrong("96"), "missing codec.payloadType"],
  ...[-1, 128, 96.5, NaN].map((value): WrongField<RtpParameters> => [
    "payloadType",
    (p) => codec(p).payloadType = value,
    "invalid codec.payloadType",
  ]),
  ["clockRate", (p) => codec(p).clockRate = wrong(null), "missing codec.clockRate"],
  ["clockRate", (p) => codec(p).clockRate = 0, "invalid codec.clockRate"],
  ["parameters", (p) => codec(p).parameters = wrong(1), "invalid codec.parameters"],
  [
    "parameter",
    (p) => codec(p).parameters = { foo: {} },
    "invalid codec parameter [key:foo, value:[object Object]]",
  ],
  ["apt", (p) => codec(p).parameters = { apt: "96" }, "invalid codec apt parameter"],
  ["rtcpFeedback", (p) => codec(p).rtcpFeedback = wrong(1), "codec.rtcpFeedback is not an array"],
  ["feedback", (p) => codec(p).rtcpFeedback = [wrong({ type: "" })], "missing fb.type"],
  [
    "headerExtensions",
    (p) => p.headerExtensions = wrong("x"),
    "params.headerExtensions is not an array",
  ],
  ["extension", (p) => p.headerExtensions![0] = wrong(null), "ext is not an object"],
  ["extension uri", (p) => ext(p).uri = wrong(null), "missing ext.uri"],
  ["extension id", (p) => ext(p).id = wrong("4"), "missing ext.id"],
  ...[0, 256, 4.5, NaN].map((value): WrongField<RtpParameters> => [
    "extension id",
    (p) => ext(p).id = value,
    "invalid ext.id",
  ]),
  ["encrypt", (p) => ext(p).encrypt = wrong(1), "invalid ext.encrypt"],
  ["extension parameters", (p) => ext(p).parameters = wrong("x"), "invalid ext.parameters"],
  [
    "extension parameter",
    (p) => ext(p).parameters = { vad: true },
    "invalid header extension parameter [key:vad]",
  ],
  ["encodings", (p) => p.encodings = wrong({}), "params.encodings is not an array"],
  ["encoding", (p) => p.encodings![0] = wrong(null), "encoding is not an object"],
  ["encoding", (p) => p.encodings![0] = wrong("a"), "encoding is not an object"],
  ...["1111", -1, 1.5, 2 ** 32, NaN, true].map((value): WrongField<RtpParameters> => [
    "ssrc",
    (p) => encoding(p).ssrc = wrong(value),
    "invalid encoding.ssrc",
  ]),
  ["rid", (p) => encoding(p).rid = wrong(1), "invalid encoding.rid"],
  ["rid", (p) => encoding(p).rid = "r".repeat(33), "invalid encoding.rid of at most 32 bytes"],
  ...["96", -1, 128, 1.5].map((value): WrongField<RtpParameters> => [
    "codecPayloadType",
    (p) => encoding(p).codecPayloadType = wrong(value),
    "invalid encoding.codecPayloadType",
  ]),
  ["rtx", (p) => encoding(p).rtx = wrong(1112), "invalid encoding.rtx"],
  ["rtx.ssrc", (p) => encoding(p).rtx = wrong({}), "missing encoding.rtx.ssrc"],
  ["rtx.ssrc", (p) => encoding(p).rtx = { ssrc: wrong("1") }, "missing encoding.rtx.ssrc"],
  ["rtx.ssrc", (p) => encoding(p).rtx = { ssrc: 0 }, "invalid encoding.rtx.ssrc"],
  ["rtx.ssrc", (p) => encoding(p).rtx = { ssrc: 2 ** 32 }, "invalid encoding.rtx.ssrc"],
  ["dtx", (p) => encoding(p).dtx = wrong("yes"), "invalid encoding.dtx"],
  [
    "scalabilityMode",
    (p) => encoding(p).scalabilityMode = wrong(3),
    "invalid encoding.scalabilityMode",
  ],
  ...["1k", -1, Infinity, 2 ** 32].map((value): WrongField<RtpParameters> => [
    "maxBitrate",
    (p) => encoding(p).maxBitrate = wrong(value),
    /^encoding\.maxBitrate must be /,
  ]),
  ["rtcp", (p) => p.rtcp = wrong("x"), "params.rtcp is not an object"],
  ["rtcp", (p) => p.rtcp = wrong([]), "params.rtcp is not an object"],
  ["cname", (p) => p.rtcp = { cname: wrong(1) }, "invalid rtcp.cname"],
  [
    "cname",
    (p) => p.rtcp = { cname: "c".repeat(256) },
    "invalid rtcp.cname of at most 255 bytes",
  ],
  ["reducedSize", (p) => p.rtcp = { reducedSize: wrong(1) }, "invalid rtcp.reducedSize"],
];

test("parameters with a wrong field are refused with a TypeError that names it", async (t) => {
  for (const [index, [what, spoil, message]] of wrongFields.entries()) {
    await t.test(`${what}, row ${index}`, () => {
      const params = videoParameters();
      spoil(params);
      refuses(() => validateAndNormalizeRtpParameters(params), message);
    });
  }
});

test("parameters that are no object are refused", () => {
  for (const value of [undefined, null, 1, "params", []]) {
    refuses(() => validateAndNormalizeRtpParameters(wrong(value)), "params is not an object");
  }
});

test("absent fields of parameters get their defaults", () => {
  const params: RtpParameters = {
    codecs: [
      { mimeType: "audio/opus", payloadType: 0, clockRate: 48000 },
      { mimeType: "video/VP8", payloadType: 127, clockRate: 90000, channels: 1 },
    ],
    headerExtensions: [{ uri: uris.mid, id: 1 }],
    encodings: [{}],
  };
  validateAndNormalizeRtpParameters(params);
  assert.deepEqual(params, {
    codecs: [
      {
        mimeType: "audio/opus",
        payloadType: 0,
        clockRate: 48000,
        channels: 1,
        parameters: {},
        rtcpFeedback: [],
      },
      {
        mimeType: "video/VP8",
        payloadType: 127,
        clockRate: 90000,
        parameters: {},
        rtcpFeedback: [],
      },
    ],
    headerExtensions: [{ uri: uris.mid, id: 1, encrypt: false, parameters: {} }],
    encodings: [{ dtx: false }],
    rtcp: { reducedSize: true },
  });
});

test("parameters with codecs alone get empty lists", () => {
  const params: RtpParameters = { codecs: [] };
  validateAndNormalizeRtpParameters(params);
  assert.deepEqual(params, {
    codecs: [],
    headerExtensions: [],
    encodings: [],
    rtcp: { reducedSize: true },
  });
});

test("null, the empty text and SSRC 0 count as absent", () => {
  const params = wrong<RtpParameters>({
    mid: "",
    msid: null,
    codecs: [],
    headerExtensions: null,
    encodings: [{ ssrc: 0, rid: "", rtx: null, scalabilityMode: "", maxBitrate: null, dtx: null }],
    rtcp: { cname: "" },
  });
  validateAndNormalizeRtpParameters(params);
  assert.deepEqual(params, {
    codecs: [],
    headerExtensions: [],
    encodings: [{ dtx: false }],
    rtcp: { reducedSize: true },
  });
});

test("the largest values are accepted", () => {
  const params = videoParameters();
  Object.assign(encoding(params), {
    ssrc: 2 ** 32 - 1,
    rtx: { ssrc: 2 ** 32 - 2 },
    rid: "r".repeat(32),
    maxBitrate: 2 ** 32 - 1,
    codecPayloadType: 127,
  });
  params.mid = "é".repeat(16);
  params.rtcp = { cname: "c".repeat(255), reducedSize: false };
  validateAndNormalizeRtpParameters(params);
  assert.equal(encoding(params).ssrc, 2 ** 32 - 1);
  assert.equal(params.rtcp.reducedSize, true, "compound RTCP is not sent");
});

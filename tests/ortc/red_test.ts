import assert from "node:assert/strict";
import { test } from "node:test";
import { UnsupportedError } from "../../sfu/base/errors.ts";
import {
  canConsume,
  generateRouterRtpCapabilities,
  getConsumerRtpParameters,
  getPipeConsumerRtpParameters,
} from "../../sfu/ortc.ts";
import type { RouterRtpCodecCapability, RtpCapabilities, RtpParameters } from "../../sfu/types.ts";
import { consumable, opus, refuses } from "./fixtures.ts";

const red: RouterRtpCodecCapability = { ...opus, mimeType: "audio/red" };
const router = generateRouterRtpCapabilities([opus, red]);

/** As a browser sends it: `a=fmtp:63 111/111`. */
const sent: RtpParameters = {
  codecs: [
    { mimeType: "audio/opus", payloadType: 111, clockRate: 48000, channels: 2 },
    {
      mimeType: "audio/red",
      payloadType: 63,
      clockRate: 48000,
      channels: 2,
      parameters: { "111/111": "" },
    },
  ],
  encodings: [{ ssrc: 1 }],
};

function codecsFor(remoteRtpCapabilities: RtpCapabilities): unknown[] {
  const { codecs } = getConsumerRtpParameters({
    consumableRtpParameters: consumable(structuredClone(sent), router),
    remoteRtpCapabilities,
    pipe: false,
    enableRtx: false,
  });
  return codecs.map((it) => [it.mimeType, it.payloadType, it.parameters]);
}

const only = (mimeType: string): RtpCapabilities => ({
  codecs: router.codecs!.filter((codec) => codec.mimeType === mimeType),
});

test("a router's RED carries its Opus, wherever it stands", () => {
  assert.deepEqual(
    router.codecs!.map((it) => [it.mimeType, it.preferredPayloadType, it.parameters]),
    [["audio/opus", 100, {}], ["audio/red", 101, { "100/100": "" }]],
  );
  const turned = generateRouterRtpCapabilities([red, opus]);
  assert.deepEqual(turned.codecs![0].parameters, { "101/101": "" });
  assert.throws(() => generateRouterRtpCapabilities([red]), {
    name: "TypeError",
    message: "codec audio/red needs audio/opus beside it",
  });
});

test("consumers get RED in the router's payload types, if they have it", () => {
  const both = [["audio/opus", 100, {}], ["audio/red", 101, { "100/100": "" }]];
  assert.deepEqual(codecsFor(router), both);
  assert.deepEqual(codecsFor(only("audio/opus")), [both[0]]);
  const pipe = getPipeConsumerRtpParameters({
    consumableRtpParameters: consumable(structuredClone(sent), router),
    enableRtx: false,
  });
  assert.deepEqual(pipe.codecs.map(({ payloadType }) => payloadType), [100, 101]);
});

test("RED alone cannot be consumed", () => {
  const params = consumable(structuredClone(sent), router);
  assert.equal(canConsume(params, only("audio/red")), false);
  assert.equal(canConsume(params, only("audio/opus")), true);
  assert.throws(() => codecsFor(only("audio/red")), UnsupportedError);
});

test("a producer of RED needs Opus, as the first codec of sound", () => {
  const pcmu = { mimeType: "audio/PCMU", clockRate: 8000 };
  const caps = generateRouterRtpCapabilities([opus, red, { kind: "audio", ...pcmu }]);
  const [opusCodec, redCodec] = sent.codecs;
  refuses(
    () => consumable({ ...sent, codecs: [redCodec] }, caps),
    "no media codecs found",
  );
  const codecs = [{ ...pcmu, payloadType: 0 }, redCodec, opusCodec];
  refuses(
    () => consumable(structuredClone({ ...sent, codecs }), caps),
    "audio/red needs audio/opus, which must be the first codec of sound",
  );
  consumable(structuredClone({ ...sent, codecs: [redCodec, opusCodec] }), caps);
});

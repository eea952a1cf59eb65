/**
 * The other end's view: mediasoup-client works out, from our router's capabilities and those of a
 * browser, what it sends and what it can receive.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as client from "mediasoup-client/ortc";
import type { types as clientTypes } from "mediasoup-client";
import {
  canConsume,
  generateRouterRtpCapabilities,
  getConsumableRtpParameters,
  getConsumerRtpParameters,
  getProducerRtpParametersMapping,
  validateAndNormalizeRtpCapabilities,
  validateAndNormalizeRtpParameters,
} from "../../sfu/ortc.ts";
import { supportedRtpCapabilities } from "../../sfu/router/supported_rtp_capabilities.ts";
import type {
  MediaKind,
  RouterRtpCodecCapability,
  RtpCapabilities,
  RtpCodecCapability,
  RtpParameters,
} from "../../sfu/types.ts";
import { h264, opus, vp8 } from "./fixtures.ts";

const vp9 = { ...vp8, mimeType: "video/VP9", parameters: { "profile-id": 2 } };
const h265 = {
  ...vp8,
  mimeType: "video/H265",
  parameters: { "profile-id": 1, "tier-flag": 0, "level-id": 93, "tx-mode": "SRST" },
};
const red = { ...opus, mimeType: "audio/red" };
const av1 = { ...vp8, mimeType: "video/AV1" };

/** Payload types and extension ids as a browser would number them: unlike ours. */
function browserCapabilities(): RtpCapabilities {
  const offers: RouterRtpCodecCapability[] = [
    { ...opus, parameters: { minptime: 10, useinbandfec: 1 } },
    vp8,
    { ...vp9, parameters: { "profile-id": 0 } },
    vp9,
    { ...h264, parameters: { "packetization-mode": 0, "profile-level-id": "42001f" } },
    {
      ...h264,
      parameters: {
        "level-asymmetry-allowed": 1,
        "packetization-mode": 1,
        "profile-level-id": "42e01f",
      },
    },
    { ...h265, parameters: { ...h265.parameters, "level-id": 156 } },
    { ...av1, parameters: { "level-idx": 5, profile: 0, tier: 0 } },
    { ...red, parameters: { "40/40": "" } },
  ];
  const codecs = offers.flatMap((offer, index): RtpCodecCapability[] => {
    const preferredPayloadType = 40 + 2 * index;
    const rtcpFeedback = supportedRtpCapabilities.codecs
      .find(({ mimeType }) => mimeType === offer.mimeType)!.rtcpFeedback!
      .map((feedback) => ({ ...feedback }));
    const codec = { ...offer, preferredPayloadType, rtcpFeedback };
    const rtx: RtpCodecCapability = {
      kind: "video",
      mimeType: "video/rtx",
      preferredPayloadType: preferredPayloadType + 1,
      clockRate: 90000,
      parameters: { apt: preferredPayloadType },
    };
    return offer.kind === "video" ? [codec, rtx] : [codec];
  });
  const headerExtensions = supportedRtpCapabilities.headerExtensions
    .filter(({ uri }) => !uri.includes("mediasoup"))
    .map(({ kind, uri, preferredId }) => ({ kind, uri, preferredId: 15 - preferredId }));
  return { codecs, headerExtensions };
}

/** Our capabilities as a browser's client library sees them, and the other way round. */
function connect(mediaCodecs: RouterRtpCodecCapability[]): {
  router: RtpCapabilities;
  receivable: RtpCapabilities;
  sent: (kind: MediaKind) => RtpParameters;
} {
  const router = generateRouterRtpCapabilities(mediaCodecs);
  // What goes over the wire is JSON.
  const overTheWire: clientTypes.RtpCapabilities = JSON.parse(JSON.stringify(router));
  const local = browserCapabilities() as clientTypes.RtpCapabilities;
  client.validateAndNormalizeRtpCapabilities(local);
  client.validateAndNormalizeRtpCapabilities(overTheWire);
  const extended = client.getExtendedRtpCapabilities(local, overTheWire, false);
  return {
    router,
    receivable: client.getRecvRtpCapabilities(extended) as RtpCapabilities,
    sent: (kind) => client.getSendingRtpParameters(kind, extended) as RtpParameters,
  };
}

const video = [vp8, vp9, h264, h265, av1];

for (const codec of [opus, ...video]) {
  test(`a browser's ${codec.mimeType} goes through a router to another browser`, () => {
    const { kind } = codec;
    const { router, receivable, sent } = connect([codec]);
    const params = sent(kind);
    params.encodings = [{ ssrc: 1111 }];
    params.mid = "0";
    validateAndNormalizeRtpParameters(params);
    assert.equal(params.codecs.length, kind === "video" ? 2 : 1);
    const mapping = getProducerRtpParametersMapping(params, router);
    const consumable = getConsumableRtpParameters(kind, params, router, mapping);

    validateAndNormalizeRtpCapabilities(receivable);
    assert.equal(canConsume(consumable, receivable), true);
    const consumer = getConsumerRtpParameters({
      consumableRtpParameters: consumable,
      remoteRtpCapabilities: receivable,
      pipe: false,
      enableRtx: kind === "video",
    });
    const atClient: clientTypes.RtpParameters = JSON.parse(JSON.stringify(consumer));
    client.validateAndNormalizeRtpParameters(atClient);
    assert.equal(
      client.canReceive(atClient, receivable as clientTypes.RtpCapabilities),
      true,
      "mediasoup-client accepts what we send",
    );
    assert.equal(consumer.codecs[0].mimeType, codec.mimeType);
    if (kind === "video") {
      assert.deepEqual(consumer.codecs[1].parameters, { apt: consumer.codecs[0].payloadType });
      assert.ok(consumer.codecs[0].rtcpFeedback!.some(({ type }) => type === "transport-cc"));
    }
  });
}

test("redundant sound goes through a router to a browser, which is told our payload types", () => {
  const { router, receivable, sent } = connect([opus, red]);
  const params = { ...sent("audio"), mid: "0", encodings: [{ ssrc: 1 }] };
  assert.deepEqual(params.codecs.map(({ mimeType }) => mimeType), ["audio/opus", "audio/red"]);
  validateAndNormalizeRtpParameters(params);
  const mapping = getProducerRtpParametersMapping(params, router);
  const consumableRtpParameters = getConsumableRtpParameters("audio", params, router, mapping);
  validateAndNormalizeRtpCapabilities(receivable);
  const consumer = getConsumerRtpParameters({
    consumableRtpParameters,
    remoteRtpCapabilities: receivable,
    pipe: false,
    enableRtx: false,
  });
  assert.deepEqual(
    consumer.codecs.map(({ mimeType, payloadType }) => [mimeType, payloadType]),
    [["audio/opus", 100], ["audio/red", 101]],
  );
  assert.deepEqual(consumer.codecs[1].parameters, { "100/100": "" });
  const atClient: clientTypes.RtpParameters = JSON.parse(JSON.stringify(consumer));
  client.validateAndNormalizeRtpParameters(atClient);
  assert.equal(client.canReceive(atClient, receivable as clientTypes.RtpCapabilities), true);
});

test("a browser that lacks the producer's codec cannot consume it", () => {
  const { router, receivable, sent } = connect([opus, ...video]);
  const params = { ...sent("video"), mid: "0", encodings: [{ ssrc: 1 }] };
  params.codecs = params.codecs.filter(({ mimeType }) => mimeType === "video/VP8");
  validateAndNormalizeRtpParameters(params);
  const mapping = getProducerRtpParametersMapping(params, router);
  const consumable = getConsumableRtpParameters("video", params, router, mapping);
  const without = receivable.codecs!.filter(({ mimeType }) => mimeType !== "video/VP8");
  assert.equal(canConsume(consumable, receivable), true);
  assert.equal(canConsume(consumable, { ...receivable, codecs: without }), false);
});

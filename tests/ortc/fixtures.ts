/** What the ortc tests start from: a router, what a browser sends, and what one can receive. */
import assert from "node:assert/strict";
import {
  generateRouterRtpCapabilities,
  getConsumableRtpParameters,
  getProducerRtpParametersMapping,
  type RtpCodecsEncodingsMapping,
  validateAndNormalizeRtpParameters,
} from "../../sfu/ortc.ts";
import type {
  RouterRtpCodecCapability,
  RtpCapabilities,
  RtpHeaderExtensionUri,
  RtpParameters,
} from "../../sfu/types.ts";

export const uris = {
  mid: "urn:ietf:params:rtp-hdrext:sdes:mid",
  rid: "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
  absSendTime: "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
  transportCc: "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
  audioLevel: "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
  dependencyDescriptor:
    "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension",
  orientation: "urn:3gpp:video-orientation",
  absCaptureTime: "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time",
  toffset: "urn:ietf:params:rtp-hdrext:toffset",
} as const satisfies Record<string, RtpHeaderExtensionUri>;

export const opus: RouterRtpCodecCapability = {
  kind: "audio",
  mimeType: "audio/opus",
  clockRate: 48000,
  channels: 2,
};
export const vp8: RouterRtpCodecCapability = {
  kind: "video",
  mimeType: "video/VP8",
  clockRate: 90000,
};
export const h264: RouterRtpCodecCapability = {
  kind: "video",
  mimeType: "video/H264",
  clockRate: 90000,
  parameters: { "packetization-mode": 1, "profile-level-id": "42e01f" },
};

/** Opus 100, VP8 101 with RTX 102, H264 103 with RTX 104. */
export function routerCapabilities(): RtpCapabilities {
  return generateRouterRtpCapabilities([opus, vp8, h264]);
}

/** A camera in VP8 with three streams. */
export function videoParameters(): RtpParameters {
  return {
    mid: "1",
    codecs: [
      { mimeType: "video/VP8", payloadType: 96, clockRate: 90000, parameters: { foo: 1 } },
      { mimeType: "video/rtx", payloadType: 97, clockRate: 90000, parameters: { apt: 96 } },
    ],
    headerExtensions: [{ uri: uris.mid, id: 4 }, { uri: uris.rid, id: 10 }],
    encodings: [
      { ssrc: 1111, rtx: { ssrc: 1112 }, rid: "a", maxBitrate: 100_000, scalabilityMode: "L1T3" },
      { ssrc: 2221, rtx: { ssrc: 2222 }, rid: "b", maxBitrate: 900_000, scalabilityMode: "L1T3" },
      { rid: "c", dtx: true, maxBitrate: 300_000, scalabilityMode: "L1T3" },
    ],
    rtcp: { cname: "alice" },
    msid: "stream track",
  };
}

export function audioParameters(): RtpParameters {
  return {
    mid: "0",
    codecs: [{ mimeType: "audio/opus", payloadType: 111, clockRate: 48000, channels: 2 }],
    headerExtensions: [{ uri: uris.audioLevel, id: 1 }],
    encodings: [{ ssrc: 3331 }],
    rtcp: { cname: "alice" },
  };
}

/** What the router makes of a producer. */
export function consumable(
  params: RtpParameters = videoParameters(),
  caps: RtpCapabilities = routerCapabilities(),
): RtpParameters {
  validateAndNormalizeRtpParameters(params);
  const kind = params.codecs[0].mimeType.split("/")[0];
  const mapping = getProducerRtpParametersMapping(params, caps);
  return getConsumableRtpParameters(kind, params, caps, mapping);
}

/** A value of the wrong kind, for a place whose type does not allow it. */
export function wrong<T>(value: unknown): T {
  return value as T;
}

/** One wrong field and the text of the TypeError that it causes. */
export type WrongField<T> = [what: string, spoil: (value: T) => void, message: string | RegExp];

/** Asserts a TypeError of that text. */
export function refuses(call: () => unknown, message: string | RegExp): void {
  assert.throws(call, (error) => {
    assert.ok(error instanceof TypeError, `${error}`);
    if (typeof message === "string") assert.equal(error.message, message);
    else assert.match(error.message, message);
    return true;
  });
}

/** Maps parameters, once they are complete, to those of a router. */
export function mapped(
  params: RtpParameters,
  caps: RtpCapabilities = routerCapabilities(),
): RtpCodecsEncodingsMapping {
  validateAndNormalizeRtpParameters(params);
  return getProducerRtpParametersMapping(params, caps);
}

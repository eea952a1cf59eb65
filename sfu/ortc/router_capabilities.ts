/** The capabilities of a router: its codecs with payload types, and RTX beside each video codec. */

import { shown } from "../base/check.ts";
import { UnsupportedError } from "../base/errors.ts";
import type {
  RouterRtpCodecCapability,
  RtpCapabilities,
  RtpCodecCapability,
} from "../api/rtp_parameters.ts";
import { supportedRtpCapabilities } from "../router/supported_rtp_capabilities.ts";
import { clone } from "../base/utils.ts";
import { isRedCodec, matchCodecs } from "./codec_matching.ts";
import { validateAndNormalizeRtpCodecCapability } from "./rtp_capabilities.ts";

// RFC 3551, 6: 96 to 127 are dynamic. 96 to 99 come last since applications like to choose them.
const dynamicPayloadTypes = [
  ...Array.from({ length: 28 }, (_, index) => 100 + index),
  ...Array.from({ length: 4 }, (_, index) => 96 + index),
];

/**
 * Makes a router's capabilities. The given codecs are left as they are.
 *
 * @throws TypeError A malformed codec, a payload type given twice, or `audio/red` without Opus.
 * @throws UnsupportedError A codec that we do not support.
 * @throws Error More codecs than there are dynamic payload types.
 */
export function generateRouterRtpCapabilities(
  mediaCodecs: RouterRtpCodecCapability[] = [],
): RtpCapabilities {
  if (!Array.isArray(mediaCodecs)) throw new TypeError("mediaCodecs must be an Array");
  const free = new Set(dynamicPayloadTypes);
  const codecs: RtpCodecCapability[] = [];

  for (const given of clone(mediaCodecs, "mediaCodecs")) {
    validateAndNormalizeRtpCodecCapability(given);
    const supported = supportedRtpCapabilities.codecs.find((codec) => matchCodecs(given, codec));
    if (!supported) {
      throw new UnsupportedError(`media codec not supported [mimeType:${shown(given.mimeType)}]`);
    }
    const preferredPayloadType = given.preferredPayloadType ?? supported.preferredPayloadType ??
      takeFirst(free);
    free.delete(preferredPayloadType);
    if (codecs.some((codec) => codec.preferredPayloadType === preferredPayloadType)) {
      throw new TypeError("duplicated codec.preferredPayloadType");
    }
    const codec: RtpCodecCapability = {
      ...clone(supported),
      preferredPayloadType,
      parameters: { ...supported.parameters, ...given.parameters },
    };
    codecs.push(codec);
    if (codec.kind === "video") codecs.push(rtxCodecFor(codec, takeFirst(free)));
  }
  for (const codec of codecs.filter(isRedCodec)) codec.parameters = redParameters(codecs);
  return { codecs, headerExtensions: clone(supportedRtpCapabilities.headerExtensions) };
}

function takeFirst(free: Set<number>): number {
  for (const payloadType of free) {
    free.delete(payloadType);
    return payloadType;
  }
  throw new Error("cannot allocate more dynamic codec payload types");
}

/**
 * Names the codec of the blocks. In SDP this is `a=fmtp:63 111/111` (RFC 2198, 5), which parsers turn
 * into a parameter without a value.
 */
function redParameters(codecs: RtpCodecCapability[]): Record<string, unknown> {
  const opus = codecs.find(({ mimeType }) => mimeType.toLowerCase() === "audio/opus");
  if (!opus) throw new TypeError("codec audio/red needs audio/opus beside it");
  return { [`${opus.preferredPayloadType}/${opus.preferredPayloadType}`]: "" };
}

function rtxCodecFor(codec: RtpCodecCapability, payloadType: number): RtpCodecCapability {
  return {
    kind: codec.kind,
    mimeType: `${codec.kind}/rtx`,
    preferredPayloadType: payloadType,
    clockRate: codec.clockRate,
    parameters: { apt: codec.preferredPayloadType },
    rtcpFeedback: [],
  };
}

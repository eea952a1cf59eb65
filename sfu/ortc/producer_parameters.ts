/**
 * Translates what an endpoint sends into the router's terms. Every producer of a router gets the
 * router's payload types and SSRCs of ours: its consumable parameters, from which the parameters of each
 * consumer are made.
 */

import { shown } from "../base/check.ts";
import { UnsupportedError } from "../base/errors.ts";
import type {
  RtpCapabilities,
  RtpCodecCapability,
  RtpCodecParameters,
  RtpHeaderExtension,
  RtpParameters,
} from "../api/rtp_parameters.ts";
import { clone, generateRandomNumber } from "../base/utils.ts";
import { isRedCodec, isRtxCodec, matchCodecs } from "./codec_matching.ts";
import { checkProducerRules } from "./producer_rules.ts";

/** The producer's payload types and streams, each with its counterpart in the router. */
export type RtpCodecsEncodingsMapping = {
  codecs: { payloadType: number; mappedPayloadType: number }[];
  encodings: { ssrc?: number; rid?: string; mappedSsrc: number }[];
};

/** For checked parameters and capabilities; checked.ts has the documentation. */
export function getProducerRtpParametersMapping(
  params: RtpParameters,
  caps: RtpCapabilities,
): RtpCodecsEncodingsMapping {
  const capCodecs = caps.codecs ?? [];
  const matches = new Map<RtpCodecParameters, RtpCodecCapability>();
  for (const codec of params.codecs) {
    if (isRtxCodec(codec)) continue;
    const match = capCodecs.find((capCodec) =>
      matchCodecs(codec, capCodec, { strict: true, modify: true })
    );
    if (!match) {
      throw new UnsupportedError(
        `unsupported codec [mimeType:${shown(codec.mimeType)}, payloadType:${codec.payloadType}]`,
      );
    }
    matches.set(codec, match);
  }
  for (const codec of params.codecs) {
    if (isRtxCodec(codec)) matches.set(codec, matchRtxCodec(codec, matches, capCodecs));
  }
  checkProducerRules(params);

  const firstSsrc = generateRandomNumber();
  return {
    codecs: Array.from(matches, ([codec, capCodec]) => ({
      payloadType: codec.payloadType,
      mappedPayloadType: capCodec.preferredPayloadType,
    })),
    encodings: (params.encodings ?? []).map(({ ssrc, rid }, index) => ({
      ...(ssrc !== undefined && { ssrc }),
      ...(rid !== undefined && { rid }),
      mappedSsrc: firstSsrc + index,
    })),
  };
}

function matchRtxCodec(
  codec: RtpCodecParameters,
  matches: Map<RtpCodecParameters, RtpCodecCapability>,
  capCodecs: RtpCodecCapability[],
): RtpCodecCapability {
  const apt = codec.parameters?.apt;
  for (const [mediaCodec, capCodec] of matches) {
    if (isRtxCodec(mediaCodec) || mediaCodec.payloadType !== apt) continue;
    const match = rtxCodecOf(capCodec, capCodecs);
    if (match) return match;
    throw new UnsupportedError(
      `no RTX codec for capability codec PT ${capCodec.preferredPayloadType}`,
    );
  }
  throw new TypeError(`missing media codec found for RTX PT ${codec.payloadType}`);
}

function rtxCodecOf(
  codec: RtpCodecCapability,
  capCodecs: RtpCodecCapability[],
): RtpCodecCapability | undefined {
  return capCodecs.find((capCodec) =>
    isRtxCodec(capCodec) && capCodec.parameters?.apt === codec.preferredPayloadType
  );
}

/** For checked parameters and capabilities; checked.ts has the documentation. */
export function getConsumableRtpParameters(
  kind: string,
  params: RtpParameters,
  caps: RtpCapabilities,
  rtpMapping: RtpCodecsEncodingsMapping,
): RtpParameters {
  const capCodecs = caps.codecs ?? [];
  const codecs: RtpCodecParameters[] = [];
  for (const codec of params.codecs) {
    if (isRtxCodec(codec)) continue;
    const mapped = rtpMapping.codecs.find((entry) => entry.payloadType === codec.payloadType);
    const capCodec = capCodecs.find((candidate) =>
      candidate.preferredPayloadType === mapped?.mappedPayloadType
    );
    if (!capCodec) {
      throw new TypeError(`rtpMapping and caps have nothing for payloadType ${codec.payloadType}`);
    }
    if (capCodec.kind !== kind) {
      throw new TypeError(`codec ${shown(codec.mimeType)} is not ${shown(kind)}`);
    }
    // The format parameters are the producer's own, since they describe what it really sends. RED is an
    // exception: its parameters name payload types, which are the router's.
    codecs.push(toParameters(capCodec, (isRedCodec(codec) ? capCodec : codec).parameters));
    const rtxCodec = rtxCodecOf(capCodec, capCodecs);
    if (rtxCodec) codecs.push(toParameters(rtxCodec, rtxCodec.parameters));
  }

  return {
    codecs,
    headerExtensions: (caps.headerExtensions ?? [])
      .filter((extension) => extension.kind === kind && isSent(extension, params))
      .map(({ uri, preferredId, preferredEncrypt }) => ({
        uri,
        id: preferredId,
        encrypt: preferredEncrypt,
        parameters: {},
      })),
    encodings: clone(params.encodings ?? []).map((encoding, index) => {
      const { rid: _rid, rtx: _rtx, codecPayloadType: _payloadType, ...kept } = encoding;
      const mapped = rtpMapping.encodings[index];
      if (!mapped) {
        throw new TypeError(`rtpMapping.encodings has none for params.encodings[${index}]`);
      }
      return { ...kept, ssrc: mapped.mappedSsrc };
    }),
    rtcp: {
      ...(params.rtcp?.cname !== undefined && { cname: params.rtcp.cname }),
      reducedSize: true,
    },
    ...(params.msid !== undefined && { msid: params.msid }),
  };
}

/** Whether consumers of a producer with these parameters can get the extension. */
function isSent(extension: RtpHeaderExtension, params: RtpParameters): boolean {
  if (extension.direction !== "sendrecv" && extension.direction !== "sendonly") return false;
  // We pass the capture time on but never invent it: a consumer that was promised one, for example
  // behind a pipe, would wait for it in vain.
  return extension.uri !== "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time" ||
    Boolean(params.headerExtensions?.some(({ uri }) => uri === extension.uri));
}

function toParameters(
  capCodec: RtpCodecCapability,
  parameters: Record<string, unknown> = {},
): RtpCodecParameters {
  return {
    mimeType: capCodec.mimeType,
    payloadType: capCodec.preferredPayloadType,
    clockRate: capCodec.clockRate,
    ...(capCodec.channels !== undefined && { channels: capCodec.channels }),
    parameters: clone(parameters),
    rtcpFeedback: clone(capCodec.rtcpFeedback ?? []),
  };
}

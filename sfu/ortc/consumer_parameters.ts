/** Makes the parameters of a consumer from the consumable parameters of its producer. */

import { UnsupportedError } from "../base/errors.ts";
import type {
  RtcpFeedback,
  RtpCapabilities,
  RtpCodecParameters,
  RtpEncodingParameters,
  RtpHeaderExtensionParameters,
  RtpHeaderExtensionUri,
  RtpParameters,
} from "../api/rtp_parameters.ts";
import { parseScalabilityMode } from "../media/scalability_modes.ts";
import { supportedRtpCapabilities } from "../router/supported_rtp_capabilities.ts";
import { clone, generateRandomNumber } from "../base/utils.ts";
import { isMediaCodec, isRedCodec, isRtxCodec, matchCodecs } from "./codec_matching.ts";
import {
  validateAndNormalizeRtpCapabilities,
  validateAndNormalizeRtpCodecCapability,
} from "./rtp_capabilities.ts";

const midUri: RtpHeaderExtensionUri = "urn:ietf:params:rtp-hdrext:sdes:mid";
const absSendTimeUri: RtpHeaderExtensionUri =
  "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time";
const transportCcUri: RtpHeaderExtensionUri =
  "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";
const dependencyDescriptorUri: RtpHeaderExtensionUri =
  "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension";

/** For checked parameters; checked.ts has the documentation. */
export function canConsume(consumableParams: RtpParameters, caps: RtpCapabilities): boolean {
  validateAndNormalizeRtpCapabilities(caps);
  return consumableParams.codecs.some((codec) =>
    isMediaCodec(codec) && findCapability(codec, caps) !== undefined
  );
}

/** For checked parameters; checked.ts has the documentation. */
export function getConsumerRtpParameters(
  { consumableRtpParameters, remoteRtpCapabilities, pipe, enableRtx }: {
    consumableRtpParameters: RtpParameters;
    remoteRtpCapabilities: RtpCapabilities;
    pipe: boolean;
    enableRtx: boolean;
  },
): RtpParameters {
  for (const capCodec of remoteRtpCapabilities.codecs ?? []) {
    validateAndNormalizeRtpCodecCapability(capCodec);
  }
  const headerExtensions = (consumableRtpParameters.headerExtensions ?? []).filter((ext) =>
    remoteRtpCapabilities.headerExtensions?.some((capExt) =>
      capExt.preferredId === ext.id && capExt.uri === ext.uri
    )
  );
  const codecs = commonCodecs(
    consumableRtpParameters.codecs,
    remoteRtpCapabilities,
    (fb) => (enableRtx || !isPlainNack(fb)) && hasItsExtension(fb, headerExtensions),
    enableRtx,
  );
  if (!codecs.some(isMediaCodec)) {
    throw new UnsupportedError("no compatible media codecs");
  }
  const rtxSupported = codecs.some(isRtxCodec);
  const encodings = consumableRtpParameters.encodings ?? [];
  return toConsumerParameters(
    consumableRtpParameters,
    codecs,
    headerExtensions,
    pipe ? allEncodings(encodings, rtxSupported) : [oneEncoding(encodings, rtxSupported)],
  );
}

/** For checked parameters; checked.ts has the documentation. */
export function getPipeConsumerRtpParameters(
  { consumableRtpParameters, enableRtx }: {
    consumableRtpParameters: RtpParameters;
    enableRtx: boolean;
  },
): RtpParameters {
  const codecs = clone(consumableRtpParameters.codecs)
    .filter((codec) => enableRtx || !isRtxCodec(codec));
  for (const codec of codecs) {
    codec.rtcpFeedback = (codec.rtcpFeedback ?? [])
      .filter((fb) => isKeyFrameRequest(fb) || (enableRtx && isPlainNack(fb)));
  }
  const perHop: string[] = [midUri, absSendTimeUri, transportCcUri, dependencyDescriptorUri];
  const headerExtensions = (consumableRtpParameters.headerExtensions ?? [])
    .filter((ext) => !perHop.includes(ext.uri))
    .concat(pipeExtensions)
    .sort((a, b) => a.id - b.id);
  return toConsumerParameters(
    consumableRtpParameters,
    codecs,
    headerExtensions,
    allEncodings(consumableRtpParameters.encodings ?? [], enableRtx),
  );
}

// The router behind a pipe needs the descriptor, whatever this one's capabilities say.
const pipeExtensions: RtpHeaderExtensionParameters[] = supportedRtpCapabilities.headerExtensions
  .filter(({ uri }) => uri === dependencyDescriptorUri)
  .map(({ uri, preferredId, preferredEncrypt }) => ({
    uri,
    id: preferredId,
    encrypt: preferredEncrypt,
    parameters: {},
  }));

function toConsumerParameters(
  consumable: RtpParameters,
  codecs: RtpCodecParameters[],
  headerExtensions: RtpHeaderExtensionParameters[],
  encodings: RtpEncodingParameters[],
): RtpParameters {
  return {
    codecs,
    headerExtensions: clone(headerExtensions),
    encodings,
    rtcp: { ...consumable.rtcp },
    ...(consumable.msid !== undefined && { msid: consumable.msid }),
  };
}

function findCapability(
  codec: RtpCodecParameters,
  caps: RtpCapabilities,
): { rtcpFeedback?: RtcpFeedback[] } | undefined {
  return caps.codecs?.find((capCodec) => matchCodecs(capCodec, codec, { strict: true }));
}

/** The codecs that both support, with the endpoint's feedback that passes `keep`. */
function commonCodecs(
  consumableCodecs: RtpCodecParameters[],
  caps: RtpCapabilities,
  keep: (feedback: RtcpFeedback) => boolean,
  enableRtx: boolean,
): RtpCodecParameters[] {
  const codecs = clone(consumableCodecs).filter((codec) => {
    const capCodec = (enableRtx || !isRtxCodec(codec)) && findCapability(codec, caps);
    if (capCodec) codec.rtcpFeedback = clone(capCodec.rtcpFeedback ?? []).filter(keep);
    return capCodec;
  });
  // RTX and RED are useless without the codec that they carry.
  return codecs.filter((codec) => {
    const has = (type: unknown): boolean => codecs.some((it) => it.payloadType === type);
    if (isRtxCodec(codec)) return has(codec.parameters?.apt);
    return !isRedCodec(codec) || has(Number.parseInt(Object.keys(codec.parameters ?? {})[0]));
  });
}

/** A request for single packets, not the `nack` variants that ask for key frames. */
function isPlainNack({ type, parameter }: RtcpFeedback): boolean {
  return type === "nack" && !parameter;
}

function isKeyFrameRequest({ type, parameter }: RtcpFeedback): boolean {
  return (type === "nack" && parameter === "pli") || (type === "ccm" && parameter === "fir");
}

/**
 * Bandwidth is estimated from transport-wide feedback or else from REMB, and each needs its header
 * extension. Other kinds of feedback need none.
 */
function hasItsExtension(
  { type }: RtcpFeedback,
  headerExtensions: RtpHeaderExtensionParameters[],
): boolean {
  const has = (uri: string): boolean => headerExtensions.some((ext) => ext.uri === uri);
  if (type === "transport-cc") return has(transportCcUri);
  if (type === "goog-remb") return has(absSendTimeUri) && !has(transportCcUri);
  return true;
}

/** The single stream that a consumer sends, however many the producer has. */
function oneEncoding(
  encodings: RtpEncodingParameters[],
  rtxSupported: boolean,
): RtpEncodingParameters {
  const ssrc = generateRandomNumber();
  const encoding: RtpEncodingParameters = { ssrc };
  if (rtxSupported) encoding.rtx = { ssrc: ssrc + 1 };

  // Each stream of simulcast becomes a spatial layer; all are assumed to have the same temporal layers.
  const mode = encodings.find(({ scalabilityMode }) => scalabilityMode)?.scalabilityMode;
  if (encodings.length > 1) {
    encoding.scalabilityMode = `L${encodings.length}T${parseScalabilityMode(mode).temporalLayers}`;
  } else if (mode) {
    encoding.scalabilityMode = mode;
  }

  const maxBitrate = Math.max(0, ...encodings.map((each) => each.maxBitrate ?? 0));
  if (maxBitrate > 0) encoding.maxBitrate = maxBitrate;
  return encoding;
}

/** All streams of the producer, with consecutive SSRCs, and the same for RTX streams if wanted. */
function allEncodings(
  encodings: RtpEncodingParameters[],
  rtxSupported: boolean,
): RtpEncodingParameters[] {
  const firstSsrc = generateRandomNumber();
  const firstRtxSsrc = generateRtxSsrc(firstSsrc, encodings.length);
  return clone(encodings).map(({ rtx: _rtx, ...encoding }, index) => ({
    ...encoding,
    ssrc: firstSsrc + index,
    ...(rtxSupported && { rtx: { ssrc: firstRtxSsrc + index } }),
  }));
}

/** The start of a second run of SSRCs that does not overlap the first. */
function generateRtxSsrc(firstSsrc: number, count: number): number {
  for (;;) {
    const ssrc = generateRandomNumber();
    if (Math.abs(ssrc - firstSsrc) >= count) return ssrc;
  }
}

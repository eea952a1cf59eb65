/**
 * The rules as applications call them: every argument is checked before a rule reads it. Transports call
 * the rules directly, with arguments that they have already checked.
 */
import * as check from "../base/check.ts";
import type { RtpCapabilities, RtpParameters } from "../api/rtp_parameters.ts";
import { clone } from "../base/utils.ts";
import { checkPayloadType } from "./codecs.ts";
import * as consumers from "./consumer_parameters.ts";
import * as producers from "./producer_parameters.ts";
import type { RtpCodecsEncodingsMapping } from "./producer_parameters.ts";
import { validateAndNormalizeRtpCapabilities } from "./rtp_capabilities.ts";
import { validateAndNormalizeRtpParameters } from "./rtp_parameters.ts";

/**
 * Whether an endpoint can receive at least one codec of the producer. Fills in absent fields of the
 * capabilities.
 *
 * @param consumableParams The producer's.
 * @param caps The endpoint's.
 * @throws TypeError Malformed parameters or capabilities; the text names the field.
 */
export function canConsume(consumableParams: RtpParameters, caps: RtpCapabilities): boolean {
  checkParameters(consumableParams, "consumableParams");
  return consumers.canConsume(consumableParams, caps);
}

/**
 * Makes the parameters of a consumer: the codecs, feedback and header extensions that the
 * endpoint has in common with the producer, and one stream, or all streams with `pipe`.
 *
 * @param options `enableRtx` tells whether to repair losses with NACK and RTX.
 * @throws TypeError A malformed option; the text names it.
 * @throws UnsupportedError No codec in common.
 */
export function getConsumerRtpParameters(
  options: {
    consumableRtpParameters: RtpParameters;
    remoteRtpCapabilities: RtpCapabilities;
    pipe: boolean;
    enableRtx: boolean;
  },
): RtpParameters {
  const { consumableRtpParameters, remoteRtpCapabilities, pipe, enableRtx } = check.object(
    options,
    "options",
  );
  checkParameters(consumableRtpParameters, "consumableRtpParameters");
  checkCapabilities(remoteRtpCapabilities, "remoteRtpCapabilities");
  check.optionalBoolean(pipe, "pipe");
  check.optionalBoolean(enableRtx, "enableRtx");
  return consumers.getConsumerRtpParameters(options);
}

/**
 * Makes the parameters of a consumer on a pipe transport: all codecs and streams, without the
 * extensions that concern a single hop (MID, bandwidth estimation).
 *
 * @param options `enableRtx` tells whether to repair losses with NACK and RTX.
 * @throws TypeError A malformed option; the text names it.
 */
export function getPipeConsumerRtpParameters(
  options: { consumableRtpParameters: RtpParameters; enableRtx: boolean },
): RtpParameters {
  const { consumableRtpParameters, enableRtx } = check.object(options, "options");
  checkParameters(consumableRtpParameters, "consumableRtpParameters");
  check.optionalBoolean(enableRtx, "enableRtx");
  return consumers.getPipeConsumerRtpParameters(options);
}

/**
 * Finds the router's counterpart of each codec and gives each encoding an SSRC. The H264 and H265
 * levels that were agreed on are written into `params`.
 *
 * @param params What the producer sends.
 * @param caps The router's.
 * @throws TypeError Parameters that are malformed or contradict each other; the text names them.
 * @throws UnsupportedError A codec that the router does not have.
 */
export function getProducerRtpParametersMapping(
  params: RtpParameters,
  caps: RtpCapabilities,
): RtpCodecsEncodingsMapping {
  checkParameters(params, "params");
  checkCapabilities(caps, "caps");
  return producers.getProducerRtpParametersMapping(params, caps);
}

/**
 * Makes the producer's parameters in the router's terms.
 *
 * @param kind The producer's, `audio` or `video`.
 * @param params What the producer sends.
 * @param caps The router's.
 * @param rtpMapping Made of the same `params` and `caps`.
 * @throws TypeError A malformed argument, or a codec that is not of that kind; the text names it.
 */
export function getConsumableRtpParameters(
  kind: string,
  params: RtpParameters,
  caps: RtpCapabilities,
  rtpMapping: RtpCodecsEncodingsMapping,
): RtpParameters {
  check.oneOf(kind, "kind", ["audio", "video"]);
  checkParameters(params, "params");
  checkCapabilities(caps, "caps");
  checkMapping(rtpMapping);
  return producers.getConsumableRtpParameters(kind, params, caps, rtpMapping);
}

/** Checks a copy, since checking fills in defaults and the caller's object must not change. */
function checkParameters(params: RtpParameters, name: string): void {
  validateAndNormalizeRtpParameters(clone(check.object(params, name), name));
}

function checkCapabilities(caps: RtpCapabilities, name: string): void {
  validateAndNormalizeRtpCapabilities(clone(check.object(caps, name), name));
}

function checkMapping(rtpMapping: RtpCodecsEncodingsMapping): void {
  const { codecs, encodings } = check.object(rtpMapping, "rtpMapping");
  for (const codec of check.array(codecs, "rtpMapping.codecs")) {
    const { mappedPayloadType } = check.object(codec, "every one of rtpMapping.codecs");
    checkPayloadType(mappedPayloadType, "mappedPayloadType of rtpMapping.codecs");
  }
  for (const encoding of check.array(encodings, "rtpMapping.encodings")) {
    const { mappedSsrc } = check.object(encoding, "every one of rtpMapping.encodings");
    check.integer(mappedSsrc, "every mappedSsrc of rtpMapping.encodings", 1, check.uint32Max);
  }
}

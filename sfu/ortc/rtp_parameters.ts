/** Validates RTP parameters field by field. `producer_rules.ts` checks that fields agree. */

import * as check from "../base/check.ts";
import type {
  RtcpParameters,
  RtpCodecParameters,
  RtpEncodingParameters,
  RtpHeaderExtensionParameters,
  RtpParameters,
} from "../api/rtp_parameters.ts";
import { checkPayloadType, codecKind, normalizeCodec } from "./codecs.ts";
import {
  cnameBytesMax,
  extensionIdMax,
  identifierBytesMax,
  isAbsent,
  isInteger,
  isObject,
  normalizeArray,
  normalizeBoolean,
  normalizeInteger,
  normalizeParameters,
  normalizeText,
  payloadTypeMax,
  uint32Max,
} from "./fields.ts";

/**
 * Checks parameters and fills in the defaults of absent fields, in place.
 *
 * @throws TypeError A malformed field; the text names it.
 */
export function validateAndNormalizeRtpParameters(params: RtpParameters): void {
  if (!isObject(params)) throw new TypeError("params is not an object");
  normalizeText(params, "mid", "params.mid is not a string", identifierBytesMax);
  if (!Array.isArray(params.codecs)) throw new TypeError("missing params.codecs");
  for (const codec of params.codecs) validateAndNormalizeRtpCodecParameters(codec);

  params.headerExtensions = normalizeArray(
    params.headerExtensions,
    "params.headerExtensions is not an array",
  );
  for (const ext of params.headerExtensions) {
    validateAndNormalizeRtpHeaderExtensionParameters(ext);
  }

  params.encodings = normalizeArray(params.encodings, "params.encodings is not an array");
  for (const encoding of params.encodings) validateAndNormalizeRtpEncodingParameters(encoding);

  params.rtcp ??= {};
  if (!isObject(params.rtcp)) throw new TypeError("params.rtcp is not an object");
  validateAndNormalizeRtcpParameters(params.rtcp);
  normalizeText(params, "msid", "params.msid is not a string");
}

/** @throws TypeError */
export function validateAndNormalizeRtpCodecParameters(codec: RtpCodecParameters): void {
  const kind = codecKind(codec);
  checkPayloadType(codec.payloadType, "codec.payloadType");
  normalizeCodec(codec, kind);
}

/** @throws TypeError */
export function validateAndNormalizeRtpHeaderExtensionParameters(
  ext: RtpHeaderExtensionParameters,
): void {
  if (!isObject(ext)) throw new TypeError("ext is not an object");
  if (!ext.uri || typeof ext.uri !== "string") throw new TypeError("missing ext.uri");
  if (typeof ext.id !== "number") throw new TypeError("missing ext.id");
  if (!isInteger(ext.id, 1, extensionIdMax)) throw new TypeError("invalid ext.id");
  normalizeBoolean(ext, "encrypt", false, "invalid ext.encrypt");
  ext.parameters = normalizeParameters(
    ext.parameters,
    "invalid ext.parameters",
    (key) => `invalid header extension parameter [key:${check.shown(key)}]`,
  );
}

/**
 * Checks an encoding. As in the engine, an SSRC of 0 means none.
 *
 * @throws TypeError
 */
export function validateAndNormalizeRtpEncodingParameters(encoding: RtpEncodingParameters): void {
  if (!isObject(encoding)) throw new TypeError("encoding is not an object");
  if (encoding.ssrc === 0) delete encoding.ssrc;
  normalizeInteger(encoding, "ssrc", 1, uint32Max, "invalid encoding.ssrc");
  normalizeText(encoding, "rid", "invalid encoding.rid", identifierBytesMax);
  normalizeInteger(
    encoding,
    "codecPayloadType",
    0,
    payloadTypeMax,
    "invalid encoding.codecPayloadType",
  );

  if (isAbsent(encoding.rtx)) {
    delete encoding.rtx;
  } else if (!isObject(encoding.rtx)) {
    throw new TypeError("invalid encoding.rtx");
  } else if (typeof encoding.rtx.ssrc !== "number") {
    throw new TypeError("missing encoding.rtx.ssrc");
  } else if (!isInteger(encoding.rtx.ssrc, 1, uint32Max)) {
    throw new TypeError("invalid encoding.rtx.ssrc");
  }

  normalizeBoolean(encoding, "dtx", false, "invalid encoding.dtx");
  normalizeText(encoding, "scalabilityMode", "invalid encoding.scalabilityMode");
  const maxBitrate = check.optionalBitrate(encoding.maxBitrate ?? NaN, "encoding.maxBitrate");
  if (maxBitrate === undefined) delete encoding.maxBitrate;
  else encoding.maxBitrate = maxBitrate;
}

/**
 * Checks RTCP parameters. `reducedSize` is always true afterwards, since we send reduced-size RTCP.
 *
 * @throws TypeError
 */
export function validateAndNormalizeRtcpParameters(rtcp: RtcpParameters): void {
  if (!isObject(rtcp)) throw new TypeError("rtcp is not an object");
  normalizeText(rtcp, "cname", "invalid rtcp.cname", cnameBytesMax);
  normalizeBoolean(rtcp, "reducedSize", true, "invalid rtcp.reducedSize");
  rtcp.reducedSize = true;
}

/** Validates RTP capabilities, of endpoints and of routers. */

import type {
  RouterRtpCapabilities,
  RouterRtpCodecCapability,
  RtpCapabilities,
  RtpHeaderExtension,
  RtpHeaderExtensionDirection,
} from "../api/rtp_parameters.ts";
import { checkPayloadType, codecKind, normalizeCodec } from "./codecs.ts";
import {
  extensionIdMax,
  isAbsent,
  isInteger,
  isObject,
  normalizeArray,
  normalizeBoolean,
} from "./fields.ts";

const directions: RtpHeaderExtensionDirection[] = ["sendrecv", "sendonly", "recvonly", "inactive"];

/**
 * Checks capabilities and fills in the defaults of absent fields, in place.
 *
 * @throws TypeError A malformed field; the text names it.
 */
export function validateAndNormalizeRtpCapabilities(
  caps: RtpCapabilities | RouterRtpCapabilities,
): void {
  if (!isObject(caps)) throw new TypeError("caps is not an object");
  const { codecs } = caps as RouterRtpCapabilities;
  (caps as RouterRtpCapabilities).codecs = normalizeArray(codecs, "caps.codecs is not an array");
  for (const codec of codecs ?? []) validateAndNormalizeRtpCodecCapability(codec);
  caps.headerExtensions = normalizeArray(
    caps.headerExtensions,
    "caps.headerExtensions is not an array",
  );
  for (const extension of caps.headerExtensions) validateAndNormalizeRtpHeaderExtension(extension);
}

/**
 * Checks a codec; its payload type is optional. Its kind is taken from the MIME type, not from `kind`.
 *
 * @throws TypeError
 */
export function validateAndNormalizeRtpCodecCapability(codec: RouterRtpCodecCapability): void {
  codec.kind = codecKind(codec);
  if (isAbsent(codec.preferredPayloadType)) {
    delete codec.preferredPayloadType;
  } else if (typeof codec.preferredPayloadType !== "number") {
    throw new TypeError("invalid codec.preferredPayloadType");
  } else {
    checkPayloadType(codec.preferredPayloadType, "codec.preferredPayloadType");
  }
  normalizeCodec(codec, codec.kind);
}

/** @throws TypeError */
export function validateAndNormalizeRtpHeaderExtension(ext: RtpHeaderExtension): void {
  if (!isObject(ext)) throw new TypeError("ext is not an object");
  if (ext.kind !== "audio" && ext.kind !== "video") throw new TypeError("invalid ext.kind");
  if (!ext.uri || typeof ext.uri !== "string") throw new TypeError("missing ext.uri");
  if (typeof ext.preferredId !== "number") throw new TypeError("missing ext.preferredId");
  if (!isInteger(ext.preferredId, 1, extensionIdMax)) {
    throw new TypeError("invalid ext.preferredId");
  }
  normalizeBoolean(ext, "preferredEncrypt", false, "invalid ext.preferredEncrypt");
  ext.direction ||= "sendrecv";
  if (!directions.includes(ext.direction)) throw new TypeError("invalid ext.direction");
}

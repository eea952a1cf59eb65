/** Validates the description of a codec, which capabilities and parameters have in common. */

import { shown } from "../base/check.ts";
import type { MediaKind, RtcpFeedback } from "../api/rtp_parameters.ts";
import {
  isInteger,
  isObject,
  normalizeArray,
  normalizeInteger,
  normalizeParameters,
  payloadTypeMax,
  rtcpLookalikes,
  uint32Max,
} from "./fields.ts";

// The name after the slash is not checked here: the router knows which codecs it supports.
const mimeTypeFormat = /^(audio|video)\/(.+)/i;

/** The engine keeps the number of channels in a byte. */
const channelsMax = 255;

/** The fields that a codec has in capabilities and in parameters. */
interface CodecFields {
  mimeType: string;
  clockRate: number;
  channels?: number;
  parameters?: Record<string, unknown>;
  rtcpFeedback?: RtcpFeedback[];
}

/** @throws TypeError */
export function codecKind(codec: CodecFields): MediaKind {
  if (!isObject(codec)) throw new TypeError("codec is not an object");
  const { mimeType } = codec;
  if (!mimeType || typeof mimeType !== "string") throw new TypeError("missing codec.mimeType");
  const match = mimeTypeFormat.exec(mimeType);
  if (!match || !mimeType.isWellFormed()) throw new TypeError("invalid codec.mimeType");
  return match[1].toLowerCase() as MediaKind;
}

/** @throws TypeError Naming the field of the codec, `payloadType` or `preferredPayloadType`. */
export function checkPayloadType(payloadType: number, field: string): void {
  if (typeof payloadType !== "number") throw new TypeError(`missing ${field}`);
  if (!isInteger(payloadType, 0, payloadTypeMax)) throw new TypeError(`invalid ${field}`);
  if (isInteger(payloadType, rtcpLookalikes.min, rtcpLookalikes.max)) {
    throw new TypeError(`invalid ${field}: 64 to 95 cannot be told from RTCP (RFC 5761, 4)`);
  }
}

/**
 * Checks everything but MIME type and payload type, and fills in absent fields.
 *
 * @throws TypeError
 */
export function normalizeCodec(codec: CodecFields, kind: MediaKind): void {
  const { clockRate } = codec;
  if (typeof clockRate !== "number") throw new TypeError("missing codec.clockRate");
  if (!isInteger(clockRate, 1, uint32Max)) throw new TypeError("invalid codec.clockRate");

  if (kind === "audio") {
    normalizeInteger(codec, "channels", 1, channelsMax, "invalid codec.channels");
    codec.channels ??= 1;
  } else {
    delete codec.channels;
  }

  codec.parameters = normalizeParameters(
    codec.parameters,
    "invalid codec.parameters",
    (key, value) => `invalid codec parameter [key:${shown(key)}, value:${shown(value)}]`,
  );
  // The payload type that an RTX codec repairs (RFC 4588, 8.6).
  const { apt } = codec.parameters;
  if (apt !== undefined && !isInteger(apt, 0, payloadTypeMax)) {
    throw new TypeError("invalid codec apt parameter");
  }
  if (apt !== undefined) checkPayloadType(apt, "codec apt parameter");

  codec.rtcpFeedback = normalizeArray(codec.rtcpFeedback, "codec.rtcpFeedback is not an array");
  for (const feedback of codec.rtcpFeedback) validateAndNormalizeRtcpFeedback(feedback);
}

/**
 * Checks one kind of RTCP feedback; its parameter is empty unless given.
 *
 * @throws TypeError
 */
export function validateAndNormalizeRtcpFeedback(feedback: RtcpFeedback): void {
  if (!isObject(feedback)) throw new TypeError("fb is not an object");
  if (!feedback.type || typeof feedback.type !== "string") throw new TypeError("missing fb.type");
  if (!feedback.type.isWellFormed()) throw new TypeError("invalid fb.type");
  feedback.parameter ??= "";
  if (typeof feedback.parameter !== "string" || !feedback.parameter.isWellFormed()) {
    throw new TypeError("invalid fb.parameter");
  }
}

/** Validates the order and reliability of an SCTP stream. */

import type { SctpStreamParameters } from "../api/sctp_parameters.ts";
import { isAbsent, isInteger, isObject, normalizeBoolean, normalizeInteger } from "./fields.ts";

/** RFC 8831, 6.5: stream 65535 does not exist, since the number of streams has 16 bits. */
const streamIdMax = 65534;

/** W3C WebRTC 6.2: both limits are unsigned shorts. */
const limitMax = 65535;

/**
 * Checks the parameters and decides whether an unspecified stream is ordered, in place. A limit of
 * 0 counts as none when it comes to order, as in mediasoup.
 *
 * @throws TypeError A malformed field, or fields that exclude each other; the text names them.
 */
export function validateAndNormalizeSctpStreamParameters(params: SctpStreamParameters): void {
  if (!isObject(params)) throw new TypeError("params is not an object");
  if (typeof params.streamId !== "number") throw new TypeError("missing params.streamId");
  if (!isInteger(params.streamId, 0, streamIdMax)) throw new TypeError("invalid params.streamId");
  normalizeInteger(params, "maxPacketLifeTime", 0, limitMax, "invalid params.maxPacketLifeTime");
  normalizeInteger(params, "maxRetransmits", 0, limitMax, "invalid params.maxRetransmits");

  const { maxPacketLifeTime, maxRetransmits } = params;
  if (maxPacketLifeTime && maxRetransmits) {
    throw new TypeError("cannot provide both maxPacketLifeTime and maxRetransmits");
  }
  const limited = Boolean(maxPacketLifeTime || maxRetransmits);
  const orderGiven = !isAbsent(params.ordered);
  normalizeBoolean(params, "ordered", !limited, "invalid params.ordered");
  if (orderGiven && params.ordered && limited) {
    throw new TypeError("cannot be ordered with maxPacketLifeTime or maxRetransmits");
  }
}

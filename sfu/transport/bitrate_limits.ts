/** The limits that an application sets on a transport's bitrates. Bits per second; 0 is no limit. */
import * as check from "../base/check.ts";
import type { AppData } from "../api/common.ts";
import type { Events } from "../base/emitter.ts";
import { Method } from "../base/engine_client.ts";
import { Entity } from "../base/entity.ts";
import { Logger } from "../base/logger.ts";

const logger = new Logger("Transport");

/** An outgoing limit below this makes no sense: bandwidth estimates end there, as in mediasoup. */
const outgoingBitrateMin = 30_000;

/** @throws TypeError Not a whole number of 0 to 2^32 - 1. */
export function checkBitrate(bitrate: number): number {
  return check.bitrate(bitrate, "bitrate");
}

/** @throws TypeError No bitrate, or less than the lower limit `min`. */
export function checkMaxOutgoing(given: number, min: number): number {
  const bitrate = checkOutgoing(given);
  if (bitrate > 0 && bitrate < min) {
    throw new TypeError(
      `bitrate must be >= current min outgoing bitrate (${min}) or 0 (unlimited)`,
    );
  }
  return bitrate;
}

/** @throws TypeError No bitrate, or more than the upper limit `max`. */
export function checkMinOutgoing(given: number, max: number): number {
  const bitrate = checkOutgoing(given);
  if (max > 0 && bitrate > max) {
    throw new TypeError(
      `bitrate must be <= current max outgoing bitrate (${max}) or 0 (unlimited)`,
    );
  }
  return bitrate;
}

function checkOutgoing(given: number): number {
  const bitrate = checkBitrate(given);
  if (bitrate > 0 && bitrate < outgoingBitrateMin) {
    throw new TypeError(`bitrate must be >= ${outgoingBitrateMin} or 0 (unlimited)`);
  }
  return bitrate;
}

/** The part of a transport that limits what it receives and sends. */
export abstract class BitrateLimits<Data extends AppData, E extends Events, O extends Events>
  extends Entity<Data, E, O> {
  #maxOutgoingBitrate = 0;
  #minOutgoingBitrate = 0;

  async setMaxIncomingBitrate(bitrate: number): Promise<void> {
    logger.debug("setMaxIncomingBitrate()");
    this.assertOpen();
    this.call(Method.TRANSPORT_SET_MAX_INCOMING_BITRATE, { bitrate: checkBitrate(bitrate) });
  }

  async setMaxOutgoingBitrate(bitrate: number): Promise<void> {
    logger.debug("setMaxOutgoingBitrate()");
    this.assertOpen();
    const max = checkMaxOutgoing(bitrate, this.#minOutgoingBitrate);
    this.call(Method.TRANSPORT_SET_MAX_OUTGOING_BITRATE, { bitrate: max });
    this.#maxOutgoingBitrate = max;
  }

  async setMinOutgoingBitrate(bitrate: number): Promise<void> {
    logger.debug("setMinOutgoingBitrate()");
    this.assertOpen();
    const min = checkMinOutgoing(bitrate, this.#maxOutgoingBitrate);
    this.call(Method.TRANSPORT_SET_MIN_OUTGOING_BITRATE, { bitrate: min });
    this.#minOutgoingBitrate = min;
  }
}

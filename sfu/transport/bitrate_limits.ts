/** The limits that an application sets on a transport's bitrates. Bits per second; 0 is no limit. */
import * as check from "../base/check.ts";
import { Method } from "../base/engine_client.ts";
import type { EntityCore } from "../base/entity.ts";

/** Bandwidth estimates end here, as in mediasoup: a lower outgoing limit makes no sense. */
const outgoingBitrateMin = 30_000;

/** The part of a transport that limits what it receives and sends. */
export class BitrateLimits {
  readonly #transport: EntityCore;
  #maxOutgoing = 0;
  #minOutgoing = 0;

  constructor(transport: EntityCore) {
    this.#transport = transport;
  }

  /** @throws TypeError Not a number from 0 to 2^32 - 1. */
  setMaxIncoming(given: number): void {
    this.#transport.assertOpen();
    const bitrate = check.bitrate(given, "bitrate");
    this.#transport.call(Method.TRANSPORT_SET_MAX_INCOMING_BITRATE, { bitrate });
  }

  /** @throws TypeError No bitrate, or less than the lower limit. */
  setMaxOutgoing(given: number): void {
    this.#transport.assertOpen();
    const bitrate = checkOutgoing(given);
    const min = this.#minOutgoing;
    if (bitrate > 0 && bitrate < min) {
      throw new TypeError(
        `bitrate must be >= current min outgoing bitrate (${min}) or 0 (unlimited)`,
      );
    }
    this.#transport.call(Method.TRANSPORT_SET_MAX_OUTGOING_BITRATE, { bitrate });
    this.#maxOutgoing = bitrate;
  }

  /** @throws TypeError No bitrate, or more than the upper limit. */
  setMinOutgoing(given: number): void {
    this.#transport.assertOpen();
    const bitrate = checkOutgoing(given);
    const max = this.#maxOutgoing;
    if (max > 0 && bitrate > max) {
      throw new TypeError(
        `bitrate must be <= current max outgoing bitrate (${max}) or 0 (unlimited)`,
      );
    }
    this.#transport.call(Method.TRANSPORT_SET_MIN_OUTGOING_BITRATE, { bitrate });
    this.#minOutgoing = bitrate;
  }
}

function checkOutgoing(given: number): number {
  const bitrate = check.bitrate(given, "bitrate");
  if (bitrate > 0 && bitrate < outgoingBitrateMin) {
    throw new TypeError(`bitrate must be >= ${outgoingBitrateMin} or 0 (unlimited)`);
  }
  return bitrate;
}

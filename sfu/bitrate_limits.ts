/** The limits that an application sets on a transport's bitrates. Bits per second; 0 is no limit. */
import * as check from "./check.ts";

/** An outgoing limit below this makes no sense: bandwidth estimates end there, as in mediasoup. */
const outgoingBitrateMin = 30_000;

/** @throws TypeError Not a whole number of 0 to 2^32 - 1. */
export function checkBitrate(bitrate: number): number {
  return check.integer(bitrate, "bitrate", 0, check.uint32Max);
}

/** @throws TypeError No bitrate, or less than the lower limit `min`. */
export function checkMaxOutgoing(bitrate: number, min: number): number {
  checkOutgoing(bitrate);
  if (bitrate > 0 && bitrate < min) {
    throw new TypeError(
      `bitrate must be >= current min outgoing bitrate (${min}) or 0 (unlimited)`,
    );
  }
  return bitrate;
}

/** @throws TypeError No bitrate, or more than the upper limit `max`. */
export function checkMinOutgoing(bitrate: number, max: number): number {
  checkOutgoing(bitrate);
  if (max > 0 && bitrate > max) {
    throw new TypeError(
      `bitrate must be <= current max outgoing bitrate (${max}) or 0 (unlimited)`,
    );
  }
  return bitrate;
}

function checkOutgoing(bitrate: number): void {
  checkBitrate(bitrate);
  if (bitrate > 0 && bitrate < outgoingBitrateMin) {
    throw new TypeError(`bitrate must be >= ${outgoingBitrateMin} or 0 (unlimited)`);
  }
}

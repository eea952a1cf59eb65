/** Packets and messages for `for await`, which mediasoup does not have. */

/** Options of `consumer.packets()` and `dataConsumer.messages()`. */
export type DeliveryOptions = {
  /**
   * How many may wait for the loop, 1 to 1048576; default 1024. If one more arrives, the oldest is dropped
   * and counted.
   */
  maxQueued?: number;
};

/** Ends when its consumer closes, after everything that is waiting was read. */
export interface Delivery<T> extends AsyncIterableIterator<T, undefined> {
  /** How many were dropped because the loop was too slow. */
  readonly dropped: number;
  /** How many wait for the loop. */
  readonly queued: number;
  /** What `for await` uses. */
  [Symbol.asyncIterator](): Delivery<T>;
}

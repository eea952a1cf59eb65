/** Packets and messages for `for await`; beyond mediasoup. */

/** Options of `consumer.packets()` and `dataConsumer.messages()`. */
export type DeliveryOptions = {
  /**
   * How many may wait for the loop, 1 to 1048576; default 1024. When one more comes, the oldest is
   * dropped and counted.
   */
  maxQueued?: number;
};

/** Ends when its consumer closes, after what waits was read. */
export interface Delivery<T> extends AsyncIterableIterator<T, undefined> {
  /** How many were dropped because the loop was too slow. */
  readonly dropped: number;
  /** How many wait for the loop. */
  readonly queued: number;
  /** What `for await` uses. */
  [Symbol.asyncIterator](): Delivery<T>;
}

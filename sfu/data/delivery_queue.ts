/** The bounded queue that `for await` over a consumer or data consumer reads. */
import * as check from "../base/check.ts";
import type { Delivery, DeliveryOptions } from "../api/delivery.ts";

/** How many packets or messages wait for a slow loop by default. */
const maxQueuedDefault = 1024;

/** The largest number that a loop may ask for. */
const maxQueuedMost = 1_048_576;

export class DeliveryQueue<T> implements Delivery<T> {
  readonly #maxQueued: number;
  readonly #onEnd: (queue: DeliveryQueue<T>) => void;
  /** A ring whose size is a power of two; it grows up to the limit. */
  #items: (T | undefined)[] = new Array(16);
  #first = 0;
  #count = 0;
  #dropped = 0;
  #ended = false;
  readonly #waiting: ((result: IteratorResult<T, undefined>) => void)[] = [];

  /**
   * @param onEnd Called once when the loop is left.
   * @throws TypeError `maxQueued` is not a whole number in its range.
   */
  constructor(options: DeliveryOptions, onEnd: (queue: DeliveryQueue<T>) => void) {
    const { maxQueued = maxQueuedDefault } = check.fields(options, "options");
    this.#maxQueued = check.integer(maxQueued, "maxQueued", 1, maxQueuedMost);
    this.#onEnd = onEnd;
  }

  get dropped(): number {
    return this.#dropped;
  }

  get queued(): number {
    return this.#count;
  }

  push(item: T): void {
    if (this.#ended) return;
    const waiting = this.#waiting.shift();
    if (waiting) return waiting({ value: item, done: false });
    if (this.#count === this.#maxQueued) {
      this.#take();
      this.#dropped += 1;
    }
    if (this.#count === this.#items.length) this.#grow();
    this.#items[(this.#first + this.#count) & (this.#items.length - 1)] = item;
    this.#count += 1;
  }

  /** No more entries will come. */
  end(): void {
    this.#ended = true;
    for (const waiting of this.#waiting.splice(0)) waiting({ value: undefined, done: true });
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#count > 0) return Promise.resolve({ value: this.#take(), done: false });
    if (this.#ended) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** The loop was left: waiting entries are dropped. */
  return(): Promise<IteratorResult<T, undefined>> {
    this.end();
    this.#items = [];
    this.#count = 0;
    this.#onEnd(this);
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #take(): T {
    const item = this.#items[this.#first] as T;
    this.#items[this.#first] = undefined;
    this.#first = (this.#first + 1) & (this.#items.length - 1);
    this.#count -= 1;
    return item;
  }

  #grow(): void {
    const items = this.#items;
    const ordered = [...items.slice(this.#first), ...items.slice(0, this.#first)];
    ordered.length = 2 * items.length;
    this.#items = ordered;
    this.#first = 0;
  }
}

/** The loops that read one consumer. */
export class Deliveries<T> {
  readonly #queues = new Set<DeliveryQueue<T>>();
  #ended = false;

  get any(): boolean {
    return this.#queues.size > 0;
  }

  /** A loop over a closed consumer ends at once. */
  open(options: DeliveryOptions = {}): Delivery<T> {
    const queue = new DeliveryQueue<T>(options, (ended) => this.#queues.delete(ended));
    if (this.#ended) queue.end();
    else this.#queues.add(queue);
    return queue;
  }

  push(item: T): void {
    for (const queue of this.#queues) queue.push(item);
  }

  end(): void {
    this.#ended = true;
    for (const queue of this.#queues) queue.end();
    this.#queues.clear();
  }
}

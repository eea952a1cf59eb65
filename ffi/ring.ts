/**
 * Reads the event ring that `engine/include/sluice.h` describes.
 *
 * The indices are read with `Atomics`: a runtime's compiler may hoist plain loads of native memory out
 * of a loop. The data is mapped twice in a row, so that a record is always contiguous.
 */

import { Ring } from "./abi.ts";

const HEAD = 0;
const TAIL = 64 / 4;
const HEADER_WORDS = Ring.RECORD_HEADER_BYTES / 4;

/** After so many records the writer learns that their room is free. */
const PUBLISH_EVERY = 64;

/**
 * Gets a record.
 *
 * @param payload The ring's own memory: it dies when the function returns. Copy what is kept.
 */
export type RecordListener = (type: number, target: number, payload: Uint8Array) => void;

/** The only reader of one ring. */
export class RingReader {
  readonly #mask: number;
  #words: Int32Array | undefined;
  #bytes: Uint8Array | undefined;
  #tail: number;

  /**
   * @param memory The control page and both mappings of the data.
   * @param dataBytes The size of one mapping, a power of two.
   */
  constructor(memory: ArrayBuffer, dataBytes: number) {
    if (memory.byteLength < Ring.CONTROL_BYTES + 2 * dataBytes) {
      throw new RangeError("the ring's memory is shorter than its header says");
    }
    this.#mask = dataBytes - 1;
    this.#words = new Int32Array(memory);
    this.#bytes = new Uint8Array(memory);
    this.#tail = Atomics.load(this.#words, TAIL);
  }

  /** Where the next record will be written. */
  get head(): number {
    return this.#words === undefined ? this.#tail : Atomics.load(this.#words, HEAD);
  }

  /** Whether a record waits. False after {@linkcode close}. */
  hasRecords(): boolean {
    return this.#words !== undefined && Atomics.load(this.#words, HEAD) !== this.#tail;
  }

  /**
   * Delivers records, oldest first, and frees their room.
   *
   * @param budget At most so many.
   * @param until A former {@linkcode head}: what was written later waits.
   * @returns How many there were. The listener may close the reader: that ends it.
   */
  drain(budget: number, listener: RecordListener, until?: number): number {
    let count = 0;
    while (count < budget) {
      const words = this.#words;
      const bytes = this.#bytes;
      if (words === undefined || bytes === undefined) return count;
      if (this.#tail === until || Atomics.load(words, HEAD) === this.#tail) break;

      const at = Ring.CONTROL_BYTES + (this.#tail & this.#mask);
      const word = at / 4;
      const size = Atomics.load(words, word);
      const type = Atomics.load(words, word + 1);
      const target = Atomics.load(words, word + 2) >>> 0;
      const payload = at + HEADER_WORDS * 4;
      const payloadBytes = Atomics.load(words, word + 3);
      const room = size - Ring.RECORD_HEADER_BYTES;
      const isRecord = room >= 0 && size <= this.#mask + 1 && size % Ring.RECORD_ALIGN === 0;
      if (!isRecord || payloadBytes < 0 || payloadBytes > room) {
        this.close();
        throw new RangeError("the event ring is damaged");
      }

      this.#tail = (this.#tail + size) | 0;
      count += 1;
      listener(type, target, bytes.subarray(payload, payload + payloadBytes));
      if (count % PUBLISH_EVERY === 0) this.#publish();
    }
    this.#publish();
    return count;
  }

  /** Lets go of the memory, which may then be freed. */
  close(): void {
    this.#words = undefined;
    this.#bytes = undefined;
  }

  #publish(): void {
    if (this.#words !== undefined) Atomics.store(this.#words, TAIL, this.#tail);
  }
}

/** Reads the event ring that `engine/include/sluice.h` describes. */

import { Ring } from "./abi.ts";
import { MappedRing } from "./mapped_ring.ts";

const HEADER_WORDS = Ring.RECORD_HEADER_BYTES / 4;

/** After this many records the writer learns that their room is free. */
const PUBLISH_EVERY = 64;

/**
 * Receives one record.
 *
 * @param payload The ring's own memory, valid until the function returns. Copy anything to be kept.
 */
export type RecordListener = (type: number, target: number, payload: Uint8Array) => void;

/** The only reader of one ring. */
export class RingReader {
  #ring: MappedRing | undefined;
  #tail: number;

  /**
   * @param memory The control page and both mappings of the data.
   * @param dataBytes The size of one mapping, a power of two.
   */
  constructor(memory: ArrayBuffer, dataBytes: number) {
    this.#ring = new MappedRing(memory, dataBytes);
    this.#tail = this.#ring.tail;
  }

  /** Where the next record will be written. */
  get head(): number {
    return this.#ring?.head ?? this.#tail;
  }

  /** Whether a record waits. False after {@linkcode close}. */
  hasRecords(): boolean {
    return this.head !== this.#tail;
  }

  /**
   * Delivers records, oldest first, and frees their room.
   *
   * @param budget Delivers at most this many.
   * @param until A former {@linkcode head}: later records wait.
   * @returns How many there were. If the listener closes the reader, the drain ends.
   */
  drain(budget: number, listener: RecordListener, until?: number): number {
    let count = 0;
    while (count < budget) {
      const ring = this.#ring;
      if (ring === undefined) return count;
      if (this.#tail === until || ring.head === this.#tail) break;

      const { words, bytes } = ring;
      const at = ring.offsetOf(this.#tail);
      const word = at / 4;
      const size = Atomics.load(words, word);
      const type = Atomics.load(words, word + 1);
      const target = Atomics.load(words, word + 2) >>> 0;
      const payload = at + HEADER_WORDS * 4;
      const payloadBytes = Atomics.load(words, word + 3);
      const room = size - Ring.RECORD_HEADER_BYTES;
      const isRecord = room >= 0 && size <= ring.mask + 1 && size % Ring.RECORD_ALIGN === 0;
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
    this.#ring = undefined;
  }

  #publish(): void {
    if (this.#ring !== undefined) this.#ring.tail = this.#tail;
  }
}

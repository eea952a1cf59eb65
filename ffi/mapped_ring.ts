/**
 * The memory of a ring that JavaScript shares with the engine (see `engine/include/sluice.h`): a control
 * page, then the data, which is mapped twice in a row, so that every record is contiguous.
 *
 * The indices are read with `Atomics`: a runtime's compiler may hoist plain loads of native memory out
 * of a loop.
 */
import { Ring } from "./abi.ts";

/** Words of the control page. */
const HEAD = 0;
const TAIL = 64 / 4;
const ASLEEP = 192 / 4;

/** The views that every reader and writer of a ring needs. */
export class MappedRing {
  /** Turns a free-running index into an offset in the data. */
  readonly mask: number;
  readonly words: Int32Array;
  readonly bytes: Uint8Array;

  /**
   * @param memory The control page and both mappings of the data.
   * @param dataBytes The size of one mapping, a power of two.
   */
  constructor(memory: ArrayBuffer, dataBytes: number) {
    if (memory.byteLength < Ring.CONTROL_BYTES + 2 * dataBytes) {
      throw new RangeError("the ring's memory is shorter than its header says");
    }
    this.mask = dataBytes - 1;
    this.words = new Int32Array(memory);
    this.bytes = new Uint8Array(memory);
  }

  /** Where the next record will be written. */
  get head(): number {
    return Atomics.load(this.words, HEAD);
  }

  /** Publishes what was written. */
  set head(head: number) {
    Atomics.store(this.words, HEAD, head);
  }

  /** Where the next record will be read. */
  get tail(): number {
    return Atomics.load(this.words, TAIL);
  }

  /** Frees the room of what was read. */
  set tail(tail: number) {
    Atomics.store(this.words, TAIL, tail);
  }

  /** The offset in the memory, in bytes, of a free-running index. */
  offsetOf(index: number): number {
    return Ring.CONTROL_BYTES + (index & this.mask);
  }

  /** Returns whether the other end sleeps, and marks it as awake. */
  takeAsleep(): boolean {
    return Atomics.exchange(this.words, ASLEEP, 0) === 1;
  }
}

/**
 * Packets and messages of direct transports, in bulk: one ring to the engine and one from it, which
 * `engine/include/sluice.h` describes. Nothing is called for a record; see `engine/adr/0011`.
 */
import { Buffer } from "node:buffer";
import { Ring } from "./abi.ts";

const HEAD = 0;
const TAIL = 64 / 4;
const ASLEEP = 192 / 4;
const HEADER_BYTES = Ring.RECORD_HEADER_BYTES;

/** After so many bytes the engine is woken at once, not at the end of the batch. */
const WAKE_BYTES = 32_768;

/** Records are copied out of the ring in slabs of about this size; each stays as long as it is used. */
const SLAB_BYTES = 65_536;

/** The part of a ring that one record may take. */
const RECORD_FRACTION = 4;

function recordBytes(payloadBytes: number): number {
  return HEADER_BYTES + ((payloadBytes + Ring.RECORD_ALIGN - 1) & -Ring.RECORD_ALIGN);
}

/** Both ends that are ours need the control page and both mappings of the data. */
class MappedRing {
  readonly mask: number;
  readonly words: Int32Array;
  readonly bytes: Uint8Array;

  constructor(memory: ArrayBuffer, dataBytes: number) {
    if (memory.byteLength < Ring.CONTROL_BYTES + 2 * dataBytes) {
      throw new RangeError("the ring's memory is shorter than its header says");
    }
    this.mask = dataBytes - 1;
    this.words = new Int32Array(memory);
    this.bytes = new Uint8Array(memory);
  }
}

/** What a {@linkcode DirectWriter} asks of its worker. */
export interface DirectWaker {
  /** The engine sleeps: let it look into the ring. */
  wake(): void;
  /** Waits until the engine has emptied the ring. Returns false when there is no engine any more. */
  makeRoom(): boolean;
}

/** The only writer of the ring to the engine. */
export class DirectWriter {
  /** The largest payload, bytes. */
  readonly payloadMax: number;
  readonly #waker: DirectWaker;
  #ring: MappedRing | undefined;
  #head: number;
  #seenTail: number;
  #unannounced = 0;
  #queued = false;

  constructor(memory: ArrayBuffer, dataBytes: number, waker: DirectWaker) {
    this.#ring = new MappedRing(memory, dataBytes);
    this.#waker = waker;
    this.#head = Atomics.load(this.#ring.words, HEAD);
    this.#seenTail = Atomics.load(this.#ring.words, TAIL);
    this.payloadMax = dataBytes / RECORD_FRACTION - HEADER_BYTES;
  }

  /**
   * Copies a record into the ring; the engine learns of it at the end of the running task, or sooner.
   * Waits when the ring is full.
   *
   * @param prefix Goes before the payload; a multiple of four bytes.
   * @returns Whether it was written: false when the worker is closed or has died.
   * @throws {RangeError} When the record is larger than a ring takes.
   */
  write(
    type: number,
    target: number,
    extra: number,
    payload: Uint8Array,
    prefix?: Uint8Array,
  ): boolean {
    // Read once: it is the caller's.
    const payloadBytes = payload.length;
    const prefixBytes = prefix === undefined ? 0 : prefix.length;
    const size = prefixBytes + payloadBytes;
    if (size > this.payloadMax) throw new RangeError("the record is larger than the ring takes");
    const needed = recordBytes(size);
    const ring = this.#roomFor(needed);
    if (ring === undefined) return false;

    const { words, bytes } = ring;
    const at = Ring.CONTROL_BYTES + (this.#head & ring.mask);
    const word = at >> 2;
    words[word] = size;
    words[word + 1] = type;
    words[word + 2] = target;
    words[word + 3] = extra;
    if (prefix !== undefined) bytes.set(prefix, at + HEADER_BYTES);
    if (payloadBytes > 0) bytes.set(payload, at + HEADER_BYTES + prefixBytes);
    this.#head = (this.#head + needed) | 0;
    Atomics.store(words, HEAD, this.#head);
    this.#announceLater(needed);
    return true;
  }

  /** Wakes the engine if it sleeps over records. */
  flush(): void {
    const ring = this.#ring;
    if (ring === undefined || this.#unannounced === 0) return;
    this.#unannounced = 0;
    if (Atomics.exchange(ring.words, ASLEEP, 0) === 1) this.#waker.wake();
  }

  /** Lets go of the memory, which may then be freed. */
  close(): void {
    this.#ring = undefined;
  }

  /** The ring with room for so many bytes. */
  #roomFor(needed: number): MappedRing | undefined {
    const ring = this.#ring;
    if (ring === undefined) return undefined;
    if (needed <= ring.mask + 1 - ((this.#head - this.#seenTail) | 0)) return ring;
    this.#seenTail = Atomics.load(ring.words, TAIL);
    if (needed <= ring.mask + 1 - ((this.#head - this.#seenTail) | 0)) return ring;
    if (!this.#waker.makeRoom()) return undefined;
    this.#seenTail = Atomics.load(ring.words, TAIL);
    return needed <= ring.mask + 1 - ((this.#head - this.#seenTail) | 0) ? ring : undefined;
  }

  #announceLater(bytes: number): void {
    this.#unannounced += bytes;
    if (this.#unannounced >= WAKE_BYTES) return this.flush();
    if (this.#queued) return;
    this.#queued = true;
    queueMicrotask(() => {
      this.#queued = false;
      this.flush();
    });
  }
}

/**
 * Gets records of one type for one target that came in a row.
 *
 * @param payloads Copies: they stay as they are.
 * @param extras The records' extra words.
 */
export type DirectListener = (
  type: number,
  target: number,
  payloads: Buffer[],
  extras: number[],
) => void;

/** The only reader of the ring from the engine. */
export class DirectReader {
  #ring: MappedRing | undefined;
  #tail: number;

  constructor(memory: ArrayBuffer, dataBytes: number) {
    this.#ring = new MappedRing(memory, dataBytes);
    this.#tail = Atomics.load(this.#ring.words, TAIL);
  }

  /** Where the next record will be written. */
  get head(): number {
    return this.#ring === undefined ? this.#tail : Atomics.load(this.#ring.words, HEAD);
  }

  get tail(): number {
    return this.#tail;
  }

  /**
   * Delivers records up to `until`, a former {@linkcode head}, oldest first.
   *
   * @param budget When so many were delivered, it ends after the slab.
   * @returns How many there were. The listener may close the reader: that ends it.
   */
  drain(budget: number, until: number, listener: DirectListener): number {
    let count = 0;
    while (count < budget && this.#ring !== undefined && this.#tail !== until) {
      const slab = this.#takeSlab(this.#ring, until);
      count += this.#deliver(slab, listener);
    }
    return count;
  }

  /** Lets go of the memory, which may then be freed. */
  close(): void {
    this.#ring = undefined;
  }

  /** Copies whole records, and frees their room. */
  #takeSlab({ words, bytes, mask }: MappedRing, until: number): Buffer {
    const waiting = (until - this.#tail) | 0;
    const from = Ring.CONTROL_BYTES + (this.#tail & mask);
    let taken = 0;
    while (taken < waiting) {
      const size = Atomics.load(words, (from + taken) >> 2);
      // Before it is rounded up: a size that is wrong may be any.
      if (size < 0 || size > waiting - taken - HEADER_BYTES) {
        this.close();
        throw new RangeError("the ring of direct transports is damaged");
      }
      const needed = recordBytes(size);
      if (taken > 0 && taken + needed > SLAB_BYTES) break;
      taken += needed;
    }
    const slab = Buffer.allocUnsafeSlow(taken);
    slab.set(bytes.subarray(from, from + taken));
    this.#tail = (this.#tail + taken) | 0;
    Atomics.store(words, TAIL, this.#tail);
    return slab;
  }

  #deliver(slab: Buffer, listener: DirectListener): number {
    const words = new Int32Array(slab.buffer, 0, slab.length >> 2);
    let count = 0;
    let at = 0;
    while (at < slab.length) {
      const type = words[(at >> 2) + 1];
      const target = words[(at >> 2) + 2];
      const payloads: Buffer[] = [];
      const extras: number[] = [];
      do {
        const size = words[at >> 2];
        payloads.push(slab.subarray(at + HEADER_BYTES, at + HEADER_BYTES + size));
        extras.push(words[(at >> 2) + 3] >>> 0);
        at += recordBytes(size);
      } while (
        at < slab.length && words[(at >> 2) + 1] === type && words[(at >> 2) + 2] === target
      );
      count += payloads.length;
      listener(type, target >>> 0, payloads, extras);
      if (this.#ring === undefined) break;
    }
    return count;
  }
}

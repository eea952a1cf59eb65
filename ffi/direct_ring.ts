/**
 * Packets and messages of direct transports, in bulk: one ring to the engine and one from it, which
 * `engine/include/sluice.h` describes. A record costs no call into the engine; see `engine/adr/0011`.
 */
import { Buffer } from "node:buffer";
import { Ring } from "./abi.ts";
import { MappedRing } from "./mapped_ring.ts";

const HEADER_BYTES = Ring.RECORD_HEADER_BYTES;

/** After this many bytes the engine is woken at once instead of at the end of the task. */
const WAKE_BYTES = 32_768;

/** Records are copied out of the ring in slabs of about this size; a slab lives as long as its records. */
const SLAB_BYTES = 65_536;

/** One record may take this fraction of a ring. */
const RECORD_FRACTION = 4;

function recordBytes(payloadBytes: number): number {
  return HEADER_BYTES + ((payloadBytes + Ring.RECORD_ALIGN - 1) & -Ring.RECORD_ALIGN);
}

/** The worker as a {@linkcode DirectWriter} sees it. */
export interface DirectWaker {
  /** Wakes the sleeping engine, so that it reads the ring. */
  wake(): void;
  /** Waits until the engine has emptied the ring. Returns false when the engine is gone. */
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
    this.#head = this.#ring.head;
    this.#seenTail = this.#ring.tail;
    this.payloadMax = dataBytes / RECORD_FRACTION - HEADER_BYTES;
  }

  /**
   * Copies a record into the ring. The engine learns of it at the end of the running task, or sooner.
   * Waits if the ring is full.
   *
   * @param prefix Written before the payload; its length is a multiple of four bytes.
   * @returns Whether it was written: false if the worker is closed or has died.
   * @throws {RangeError} If the record is too large for the ring.
   */
  write(
    type: number,
    target: number,
    extra: number,
    payload: Uint8Array,
    prefix?: Uint8Array,
  ): boolean {
    // Read once: the caller may change the array.
    const payloadBytes = payload.length;
    const prefixBytes = prefix === undefined ? 0 : prefix.length;
    const size = prefixBytes + payloadBytes;
    if (size > this.payloadMax) throw new RangeError("the record is larger than the ring takes");
    const needed = recordBytes(size);
    const ring = this.#roomFor(needed);
    if (ring === undefined) return false;

    const { words, bytes } = ring;
    const at = ring.offsetOf(this.#head);
    const word = at >> 2;
    words[word] = size;
    words[word + 1] = type;
    words[word + 2] = target;
    words[word + 3] = extra;
    if (prefix !== undefined) bytes.set(prefix, at + HEADER_BYTES);
    if (payloadBytes > 0) bytes.set(payload, at + HEADER_BYTES + prefixBytes);
    this.#head = (this.#head + needed) | 0;
    ring.head = this.#head;
    this.#announceLater(needed);
    return true;
  }

  /** Wakes the engine if it sleeps while records wait. */
  flush(): void {
    const ring = this.#ring;
    if (ring === undefined || this.#unannounced === 0) return;
    this.#unannounced = 0;
    if (ring.takeAsleep()) this.#waker.wake();
  }

  /** Lets go of the memory, which may then be freed. */
  close(): void {
    this.#ring = undefined;
  }

  /** The ring, once it has room for that many bytes; undefined when it cannot get it. */
  #roomFor(needed: number): MappedRing | undefined {
    const ring = this.#ring;
    if (ring === undefined) return undefined;
    if (this.#fits(ring, needed) || this.#fitsNow(ring, needed)) return ring;
    return this.#waker.makeRoom() && this.#fitsNow(ring, needed) ? ring : undefined;
  }

  /** Uses the last tail that was read: the engine only ever advances it. */
  #fits(ring: MappedRing, needed: number): boolean {
    return needed <= ring.mask + 1 - ((this.#head - this.#seenTail) | 0);
  }

  #fitsNow(ring: MappedRing, needed: number): boolean {
    this.#seenTail = ring.tail;
    return this.#fits(ring, needed);
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
 * Receives consecutive records of one type for one target.
 *
 * @param payloads Copies, which the listener may keep.
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
    this.#tail = this.#ring.tail;
  }

  /** Where the next record will be written. */
  get head(): number {
    return this.#ring?.head ?? this.#tail;
  }

  get tail(): number {
    return this.#tail;
  }

  /**
   * Delivers records up to `until`, a former {@linkcode head}, oldest first.
   *
   * @param budget Once that many were delivered, the drain ends with the current slab.
   * @returns How many there were. If the listener closes the reader, the drain ends.
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
  #takeSlab(ring: MappedRing, until: number): Buffer {
    const { words, bytes } = ring;
    const waiting = (until - this.#tail) | 0;
    const from = ring.offsetOf(this.#tail);
    let taken = 0;
    while (taken < waiting) {
      const size = Atomics.load(words, (from + taken) >> 2);
      // Checked before it is rounded up: a damaged size may have any value.
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
    ring.tail = this.#tail;
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

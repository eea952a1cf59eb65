/** The reader of the event ring, on memory that the test writes itself. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Ring } from "../../ffi/abi.ts";
import { RingReader } from "../../ffi/ring.ts";

const dataBytes = 256;

/** What the engine does on its side: sluice.h, "The event ring". */
class Writer {
  readonly memory = new ArrayBuffer(Ring.CONTROL_BYTES + 2 * dataBytes);
  readonly #view = new DataView(this.memory);
  #head = 0;

  constructor(start: number) {
    this.#head = start;
    this.#view.setInt32(0, start, true);
    this.#view.setInt32(64, start, true);
  }

  get tail(): number {
    return this.#view.getInt32(64, true);
  }

  /** Writes a record; `header` has sizes of the record and its payload that are wrong. */
  write(type: number, payload: string, header?: [size: number, length: number]): void {
    const size = (Ring.RECORD_HEADER_BYTES + payload.length + 7) & ~7;
    const bytes = new Uint8Array(Ring.RECORD_HEADER_BYTES + payload.length);
    const words = new DataView(bytes.buffer);
    const [saidSize, saidLength] = header ?? [size, payload.length];
    [saidSize, type, 0xffff_fff0, saidLength].forEach((word, i) =>
      words.setUint32(4 * i, word, true)
    );
    bytes.set(new TextEncoder().encode(payload), Ring.RECORD_HEADER_BYTES);
    for (let i = 0; i < bytes.length; ++i) {
      const at = (this.#head + i) & (dataBytes - 1);
      // The data is mapped twice.
      this.#view.setUint8(Ring.CONTROL_BYTES + at, bytes[i]);
      this.#view.setUint8(Ring.CONTROL_BYTES + dataBytes + at, bytes[i]);
    }
    this.#head = (this.#head + size) | 0;
    this.#view.setInt32(0, this.#head, true);
  }
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

test("records come out whole and in order, around the end of the memory and of the indices", () => {
  // The free-running indices pass 2^31 and 2^32 on the way.
  for (const start of [0, 0x7fff_ff00, -256]) {
    const writer = new Writer(start);
    const reader = new RingReader(writer.memory, dataBytes);
    for (let i = 0; i < 50; ++i) {
      const payloads = [`${i}`, "x".repeat(i), ""];
      payloads.forEach((payload, type) => writer.write(type, payload));
      const seen: unknown[] = [];
      assert.equal(reader.hasRecords(), true);
      const count = reader.drain(10, (type, target, bytes) => {
        assert.equal(target, 0xffff_fff0);
        seen.push([type, text(bytes)]);
      });
      assert.equal(count, 3);
      assert.deepEqual(seen, payloads.map((payload, type) => [type, payload]));
      assert.equal(reader.hasRecords(), false);
    }
  }
});

test("a budget ends a drain, and the next one goes on", () => {
  const writer = new Writer(0);
  const reader = new RingReader(writer.memory, dataBytes);
  for (let i = 0; i < 5; ++i) writer.write(i, "");
  const types: number[] = [];
  assert.equal(reader.drain(2, (type) => types.push(type)), 2);
  assert.equal(writer.tail, 2 * Ring.RECORD_HEADER_BYTES);
  assert.equal(reader.hasRecords(), true);
  assert.equal(reader.drain(10, (type) => types.push(type)), 3);
  assert.deepEqual(types, [0, 1, 2, 3, 4]);
});

test("a listener may close the reader, which then touches nothing", () => {
  const writer = new Writer(0);
  const reader = new RingReader(writer.memory, dataBytes);
  for (let i = 0; i < 5; ++i) writer.write(i, "");
  assert.equal(reader.drain(10, (type) => type === 1 && reader.close()), 2);
  assert.equal(writer.tail, 0);
  assert.equal(reader.hasRecords(), false);
  assert.equal(reader.drain(10, () => assert.fail("there is no ring any more")), 0);
});

test("memory that is no ring is refused, before anything outside it is read", () => {
  assert.throws(() => new RingReader(new ArrayBuffer(Ring.CONTROL_BYTES), dataBytes), RangeError);
  const wrong: [size: number, length: number][] = [
    [8, 0],
    [0, 0],
    [-16, 0],
    [20, 0],
    [16, 1],
    [24, 9],
    [24, -1],
    [2 * dataBytes, 0],
  ];
  for (const header of wrong) {
    const writer = new Writer(0);
    const reader = new RingReader(writer.memory, dataBytes);
    writer.write(1, "", header);
    const drain = (): number => reader.drain(10, () => assert.fail("delivered"));
    assert.throws(drain, /the event ring is damaged/, header.join());
    assert.equal(reader.hasRecords(), false);
  }
});

/** Our ends of the rings of direct transports, without an engine: each is the other's other end. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { describe, test } from "node:test";
import { Ring } from "../../ffi/abi.ts";
import { DirectReader, DirectWriter } from "../../ffi/direct_ring.ts";
import { turn } from "./support.ts";

const dataBytes = 65_536;
const asleep = 192 / 4;

/** A ring in memory that is mapped once: records stay where they were written. */
function openRing(makeRoom = (): boolean => false): {
  memory: ArrayBuffer;
  words: Int32Array;
  writer: DirectWriter;
  reader: DirectReader;
  wakes: () => number;
} {
  let wakes = 0;
  const memory = new ArrayBuffer(Ring.CONTROL_BYTES + 2 * dataBytes);
  const writer = new DirectWriter(memory, dataBytes, { wake: () => wakes += 1, makeRoom });
  const reader = new DirectReader(memory, dataBytes);
  return { memory, words: new Int32Array(memory), writer, reader, wakes: () => wakes };
}

type Run = [type: number, target: number, payloads: Buffer[], extras: number[]];

function drain(reader: DirectReader, budget = Infinity): Run[] {
  const runs: Run[] = [];
  reader.drain(budget, reader.head, (...run) => runs.push(run));
  return runs;
}

describe("the rings of direct transports", () => {
  test("what is for one target in a row comes together, as copies", () => {
    const { memory, writer, reader } = openRing();
    const payload = Buffer.from("one");
    assert.equal(writer.write(1, 7, 0xffff_ffff, payload), true);
    payload.write("two");
    writer.write(1, 7, 2, payload, Uint8Array.of(1, 2, 3, 4));
    writer.write(1, 0xffff_fff0, 3, Buffer.alloc(0));
    writer.write(2, 0xffff_fff0, 4, payload);
    const runs = drain(reader);
    new Uint8Array(memory).fill(0xee);
    assert.deepEqual(runs, [
      [1, 7, [Buffer.from("one"), Buffer.from("\x01\x02\x03\x04two")], [0xffff_ffff, 2]],
      [1, 0xffff_fff0, [Buffer.alloc(0)], [3]],
      [2, 0xffff_fff0, [Buffer.from("two")], [4]],
    ]);
    assert.equal(runs.every(([, , payloads]) => payloads.every(Buffer.isBuffer)), true);
  });

  test("a full ring asks for room, and takes nothing without", () => {
    let asked = 0;
    const { words, writer, reader } = openRing(() => {
      asked += 1;
      return asked !== 1;
    });
    const payload = Buffer.alloc(1000);
    let written = 0;
    while (writer.write(1, 1, written, payload)) written += 1;
    assert.equal(written, Math.floor(dataBytes / 1016));
    assert.equal(asked, 1);
    assert.equal(writer.write(1, 1, 0, payload), false); // Room was promised, but there is none.
    assert.equal(asked, 2);
    Atomics.store(words, 64 / 4, Atomics.load(words, 0)); // The other end has read it all.
    assert.equal(writer.write(1, 1, 0, payload), true);
    assert.equal(asked, 2);
    assert.throws(() => writer.write(1, 1, 0, Buffer.alloc(dataBytes / 4)), RangeError);
    assert.equal(writer.payloadMax, dataBytes / 4 - 16);
    reader.close();
  });

  test("the other end is woken once a task, sooner after 32 KB, and only if it sleeps", async () => {
    const { words, writer, wakes } = openRing();
    writer.write(1, 1, 0, Buffer.alloc(10));
    await turn();
    assert.equal(wakes(), 0);
    Atomics.store(words, asleep, 1);
    for (let i = 0; i < 5; ++i) writer.write(1, 1, 0, Buffer.alloc(10));
    assert.equal(wakes(), 0);
    await turn();
    assert.equal(wakes(), 1);
    assert.equal(Atomics.load(words, asleep), 0);
    Atomics.store(words, asleep, 1);
    for (let i = 0; i < 4; ++i) writer.write(1, 1, 0, Buffer.alloc(10_000));
    assert.equal(wakes(), 2);
  });

  test("a drain keeps to its budget by slabs, and ends when the listener closes", () => {
    const { writer, reader } = openRing();
    for (let i = 0; i < 60; ++i) writer.write(1, i, 0, Buffer.alloc(1000));
    const until = reader.head;
    let count = 0;
    assert.equal(reader.drain(1, until, () => count += 1), 60); // One slab.
    assert.equal(count, 60);
    assert.equal(reader.tail, until);

    const other = openRing();
    for (let i = 0; i < 3; ++i) other.writer.write(1, i, 0, Buffer.alloc(8));
    count = 0;
    other.reader.drain(Infinity, other.reader.head, () => {
      count += 1;
      other.reader.close();
    });
    assert.equal(count, 1);
    assert.deepEqual(drain(other.reader), []);
    other.writer.close();
    assert.equal(other.writer.write(1, 1, 0, Buffer.alloc(8)), false);
  });

  test("a damaged ring is an error, and is not read again", () => {
    for (const size of [-1, 0x7fff_ffff, 100]) {
      const { words, writer, reader } = openRing();
      writer.write(1, 1, 0, Buffer.alloc(8));
      words[Ring.CONTROL_BYTES / 4] = size;
      assert.throws(() => drain(reader), /damaged/);
      assert.deepEqual(drain(reader), []);
    }
  });
});

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { test } from "node:test";
import { Lane, type Link, perfect, randomNumbers, Relay } from "../support/relay.ts";

test("the relay's random numbers follow from the seed alone", () => {
  const take = (seed: number): number[] => Array.from({ length: 1000 }, randomNumbers(seed));
  assert.deepEqual(take(7), take(7));
  assert.notDeepEqual(take(7), take(8));
  const mean = take(7).reduce((sum, number) => sum + number, 0) / 1000;
  assert.ok(Math.abs(mean - 0.5) < 0.05, `${mean}`);
  assert.ok(take(7).every((number) => number >= 0 && number < 1));
});

async function openSocket(): Promise<Socket> {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return socket;
}

/**
 * Sends numbered packets through a relay, all at once.
 *
 * @returns The numbers in the order of their arrival, and how long the first one took.
 */
async function through(link: Link, seed: number, count: number, bytes = 100): Promise<{
  numbers: number[];
  firstAfterMs: number;
}> {
  const [client, server] = [await openSocket(), await openSocket()];
  const relay = await Relay.start(server.address().port, link, seed);
  try {
    const numbers: number[] = [];
    let firstAfterMs = 0;
    const began = performance.now();
    const done = new Promise<void>((resolve) => {
      const check = (): void => {
        if (numbers.length + relay.dropped === count) resolve();
      };
      server.on("message", (packet) => {
        firstAfterMs ||= performance.now() - began;
        numbers.push(packet.readUInt32BE(0));
        check();
      });
      // The last packet may be dropped, after all others have arrived.
      relay.onClientPacket = () => setImmediate(check);
    });
    for (let number = 0; number < count; number++) {
      const packet = Buffer.alloc(bytes);
      packet.writeUInt32BE(number, 0);
      // Runtimes need not keep the order of sends that overlap.
      await new Promise((sent) => client.send(packet, relay.port, "127.0.0.1", sent));
    }
    await done;
    return { numbers, firstAfterMs };
  } finally {
    relay.close();
    client.close();
    server.close();
  }
}

test("the relay loses the same packets with the same seed, as many as asked for", async () => {
  const link = { ...perfect, loss: 0.2 };
  const first = await through(link, 1, 200);
  assert.ok(Math.abs(first.numbers.length - 160) < 25, `${first.numbers.length} of 200`);
  assert.deepEqual((await through(link, 1, 200)).numbers, first.numbers);
  assert.notDeepEqual((await through(link, 2, 200)).numbers, first.numbers);
});

test("the relay delays, and lets some packets be overtaken", async () => {
  const delayed = await through({ ...perfect, delayMs: 30 }, 1, 50);
  assert.ok(delayed.firstAfterMs >= 29, `${delayed.firstAfterMs} ms`);
  assert.deepEqual(delayed.numbers, delayed.numbers.toSorted((a, b) => a - b));
  const { numbers } = await through({ ...perfect, reorder: 0.1, reorderMs: 50 }, 1, 50);
  assert.equal(numbers.length, 50);
  assert.notDeepEqual(numbers, numbers.toSorted((a, b) => a - b));
});

test("packets that would wait too long for a slow link are dropped", () => {
  // Packets of 1000 bytes at 1 Mbit/s take 8 ms each, and packets may wait for 80 ms.
  const link = { ...perfect, rate: 1e6, queueMs: 80 };
  const lane = new Lane();
  const arrival = (now: number): number | undefined => lane.arrival(now, 1000, link, () => 0.5);
  const together = Array.from({ length: 60 }, () => arrival(0));
  assert.deepEqual(
    together.slice(0, 11),
    Array.from({ length: 11 }, (_, index) => 8 * (index + 1)),
  );
  assert.ok(together.slice(11).every((at) => at === undefined));
  assert.equal(arrival(8), 88, "8 ms later there is room for one more");
  assert.equal(arrival(8), undefined);
  assert.equal(arrival(1000), 8, "an idle link sends at once");
});

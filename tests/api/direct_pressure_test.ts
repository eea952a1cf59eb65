/** Direct transports when the application is slow, sends much in one go, or closes in the middle. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import type { Worker } from "../../sfu/types.ts";
import { runChild } from "../support/child.ts";
import { withData, withDirect } from "./direct_scene.ts";
import { audioPacket, readRtp, writeRtp } from "./rtp.ts";
import { eventsDelivered, next } from "./support.ts";

/** A packet of 1,200 bytes. */
function largePacket(sequenceNumber: number): Buffer {
  const payload = Buffer.alloc(1188);
  payload.writeUInt32BE(sequenceNumber, 0);
  const timestamp = (960 * sequenceNumber) >>> 0;
  return writeRtp({ ...readRtp(audioPacket(1))!, sequenceNumber, timestamp, payload });
}

async function counters(worker: Worker): Promise<Record<string, number>> {
  return (await worker.dump() as unknown as { counters: Record<string, number> }).counters;
}

test(
  "packets in one go are all taken; what a sleeping reader has no room for is dropped and counted",
  withDirect(async ({ worker, router, egress, producer, consumer }) => {
    let received = 0;
    let last = -1;
    consumer.on("rtp", (packet) => {
      const number = readRtp(packet)!.payload.readUInt32BE(0);
      assert(number > last);
      last = number;
      received += 1;
    });
    consumer.on("listenererror", (_event, error) => {
      throw error;
    });
    const total = 20_000; // 24 MB: six times what a ring holds.
    for (let i = 0; i < total; ++i) producer.send(largePacket(i));
    const [inbound] = await producer.getStats();
    assert.equal(inbound.packetCount, total);
    await eventsDelivered(router);
    const [{ packetsDropped }] = await egress.getStats();
    assert(received > 3000, `${received} were received`);
    assert.equal(received + packetsDropped, total);
    assert.equal((await counters(worker)).drop_direct_packet_full, packetsDropped);
    // And it goes on.
    producer.send(largePacket(total));
    await eventsDelivered(router);
    assert.equal(last, total);
  }),
);

test(
  "messages in one go arrive all, although they are more than a ring holds",
  withData(async ({ egress, dataProducer, dataConsumer }) => {
    const total = 100_000;
    const size = 200;
    let received = 0;
    const low = next(dataConsumer, "bufferedamountlow");
    await dataConsumer.setBufferedAmountLowThreshold(1000);
    dataConsumer.on("listenererror", (_event, error) => {
      throw error;
    });
    const all = new Promise<void>((done) =>
      dataConsumer.on("messagebatch", (messages) => {
        for (const message of messages) assert.equal(message.readUInt32BE(0), received++);
        if (received === total) done();
      })
    );
    for (let i = 0; i < total; ++i) {
      const message = Buffer.alloc(size);
      message.writeUInt32BE(i, 0);
      dataProducer.send(message);
    }
    const waiting = await dataConsumer.getBufferedAmount();
    assert(waiting > 10_000_000, `${waiting} bytes wait`);
    assert.equal((await dataConsumer.getStats())[0].bufferedAmount, waiting);
    await all;
    const [amount] = await low as [number];
    assert(amount <= 1000, `${amount} bytes`);
    assert.equal(await dataConsumer.getBufferedAmount(), 0);
    assert.equal((await egress.getStats())[0].messagesDropped, 0);
  }),
);

test(
  "what waits is delivered before the end that came behind it",
  withData(async ({ router, ingress, egress, dataProducer, dataConsumer, received }) => {
    const message = Buffer.alloc(10_000);
    const total = 1000; // More than a ring holds.
    const ended = next(dataConsumer, "dataproducerclose");
    for (let i = 0; i < total; ++i) dataProducer.send(message);
    ingress.close();
    assert.equal(dataProducer.closed, true);
    assert.equal(dataConsumer.closed, false);
    const dump = await dataConsumer.dump();
    assert.deepEqual([dump.label, dump.protocol, dump.dataProducerPaused], ["foo", "bar", false]);
    assert.equal(dump.dataProducerId, dataProducer.id);
    assert(dump.bufferedAmount > 0);
    await dataConsumer.addSubchannel(1);
    assert.deepEqual((await egress.dump()).dataConsumerIds, [dataConsumer.id]);
    assert.equal((await router.dump()).mapDataConsumerIdDataProducerId.length, 1);
    await ended;
    assert.equal(received.length, total);
    assert.equal(dataConsumer.closed, true);
    assert.deepEqual((await egress.dump()).dataConsumerIds, []);
  }),
);

test(
  "messages that nobody reads for long are dropped at a limit, and counted",
  withData(async ({ worker, router, egress, dataProducer, dataConsumer, received }) => {
    const message = Buffer.alloc(100_000);
    const total = 1000; // 100 MB.
    for (let i = 0; i < total; ++i) dataProducer.send(message);
    const waiting = await dataConsumer.getBufferedAmount();
    assert(waiting > 60_000_000 && waiting < 68_000_000, `${waiting} bytes wait`);
    const [{ messagesDropped }] = await egress.getStats();
    assert(messagesDropped > 250 && messagesDropped < 400, `${messagesDropped} were dropped`);
    assert.equal((await counters(worker)).drop_direct_message_full, messagesDropped);
    while (await dataConsumer.getBufferedAmount() > 0) await eventsDelivered(router);
    await eventsDelivered(router);
    assert.equal(received.length + messagesDropped, total);
    // What waits for a data consumer that closes is forgotten.
    for (let i = 0; i < 200; ++i) dataProducer.send(message);
    dataConsumer.close();
    const next = await egress.consumeData({ dataProducerId: dataProducer.id });
    let heard = 0;
    next.on("message", () => heard += 1);
    dataProducer.send("x");
    while (await next.getBufferedAmount() > 0) await eventsDelivered(router);
    await eventsDelivered(router);
    assert.equal(heard, 1);
  }),
);

test(
  "a loop reads packets and messages in order, loses the oldest when it is too slow, and ends",
  withDirect(async ({ router, egress, producer, consumer }) => {
    const quick = consumer.packets({ maxQueued: 4096 });
    const slow = consumer.packets({ maxQueued: 10 });
    for (let i = 0; i < 100; ++i) producer.send(largePacket(i));
    await eventsDelivered(router);
    assert.deepEqual([quick.queued, quick.dropped], [100, 0]);
    assert.deepEqual([slow.queued, slow.dropped], [10, 90]);
    const numberOf = (packet: Buffer): number => readRtp(packet)!.payload.readUInt32BE(0);
    const first: number[] = [];
    for await (const packet of quick) {
      first.push(numberOf(packet));
      if (first.length === 100) break;
    }
    assert.deepEqual(first, Array.from({ length: 100 }, (_, i) => i));
    assert.deepEqual(await quick.next(), { value: undefined, done: true });

    const waiting = (async () => {
      const numbers: number[] = [];
      for await (const packet of slow) numbers.push(numberOf(packet));
      return numbers;
    })();
    producer.send(largePacket(100));
    await eventsDelivered(router);
    egress.close();
    assert.deepEqual(await waiting, Array.from({ length: 11 }, (_, i) => 90 + i));
    for await (const _ of consumer) assert.fail("a closed consumer has no packets");
  }),
);

test(
  "a loop reads messages with their protocol ids",
  withData(async ({ dataProducer, dataConsumer }) => {
    const read = (async () => {
      const texts: [string, number][] = [];
      for await (const { message, ppid } of dataConsumer) texts.push([`${message}`, ppid]);
      return texts;
    })();
    dataProducer.send("a");
    dataProducer.send(Buffer.from("b"));
    dataProducer.close();
    assert.deepEqual(await read, [["a", 51], ["b", 53]]);
  }),
);

test(
  "everything closes in the middle of a flood, again and again",
  withDirect(async ({ router }) => {
    for (let round = 0; round < 60; ++round) {
      const ingress = await router.createDirectTransport();
      const egress = await router.createDirectTransport();
      const dataProducer = await ingress.produceData();
      const dataConsumer = await egress.consumeData({ dataProducerId: dataProducer.id });
      let heard = 0;
      dataConsumer.on("message", () => {
        heard += 1;
        if (round % 3 === 0 && heard === 100) egress.close();
      });
      for (let i = 0; i < 3000; ++i) dataProducer.send(`${i}`);
      if (round % 3 === 1) dataProducer.close();
      if (round % 3 === 2) dataConsumer.close();
      dataProducer.send("late");
      await eventsDelivered(router);
      assert.equal(heard, [100, 3000, 0][round % 3]);
      ingress.close();
      egress.close();
    }
  }),
);

test("a worker that dies in the middle of a flood ends it, and the process goes on", async () => {
  const child = new URL("children/direct_death.ts", import.meta.url);
  const ended = await runChild(child, { env: { SLUICE_TEST_FAULTS: "1" } });
  assert.deepEqual(ended, { code: 0, signal: null, output: "survived\n" });
});

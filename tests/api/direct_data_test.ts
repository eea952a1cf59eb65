/** Messages from the application through the engine to the application. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import type { DataConsumer } from "../../sfu/types.ts";
import { withData } from "./direct_scene.ts";
import { assertTypeErrors, eventsDelivered, withScene, wrong } from "./support.ts";

test(
  "messages arrive in order with their protocol ids, and are counted",
  withData(async ({ router, ingress, egress, dataProducer, dataConsumer, received }) => {
    dataProducer.send("hëllo");
    dataProducer.send(Buffer.from([1, 2, 3]));
    dataProducer.send("");
    dataProducer.send(Buffer.alloc(0));
    dataProducer.send("typed", 1234);
    dataProducer.send(Buffer.from("x"), 51);
    dataProducer.send(wrong(Uint8Array.of(9)));
    await eventsDelivered(router);
    assert.deepEqual(
      received.map(([message, ppid]) => [message.toString("latin1"), ppid]),
      [
        [Buffer.from("hëllo").toString("latin1"), 51],
        ["\x01\x02\x03", 53],
        [" ", 56],
        ["\0", 57],
        ["typed", 1234],
        ["x", 51],
        ["\x09", 53],
      ],
    );
    assert(received.every(([message]) => Buffer.isBuffer(message)));

    const [inbound] = await dataProducer.getStats();
    assert.deepEqual({ ...inbound, timestamp: 0 }, {
      type: "data-producer",
      timestamp: 0,
      label: "foo",
      protocol: "bar",
      messagesReceived: 7,
      bytesReceived: 18,
    });
    const [outbound] = await dataConsumer.getStats();
    assert.deepEqual({ ...outbound, timestamp: 0 }, {
      type: "data-consumer",
      timestamp: 0,
      label: "foo",
      protocol: "bar",
      messagesSent: 7,
      bytesSent: 18,
      bufferedAmount: 0,
    });
    assert.equal((await ingress.getStats())[0].bytesReceived, 18);
    assert.equal((await egress.getStats())[0].bytesSent, 18);
  }),
);

test(
  "sendBatch() and messagebatch carry the same as send() and message",
  withData(async ({ router, dataProducer, dataConsumer, received }) => {
    const batched: [string, number][] = [];
    let batches = 0;
    dataConsumer.on("messagebatch", (messages, ppids) => {
      batches += 1;
      messages.forEach((message, i) => batched.push([message.toString(), ppids[i]]));
    });
    const messages = Array.from({ length: 500 }, (_, i) => i % 2 ? `${i}` : Buffer.from(`${i}`));
    assert.equal(dataProducer.sendBatch(messages), 500);
    await eventsDelivered(router);
    assert.deepEqual(batched, messages.map((it, i) => [`${it}`, i % 2 ? 51 : 53]));
    assert.deepEqual(received.map(([message, ppid]) => [message.toString(), ppid]), batched);
    assert(batches < 100, `${batches} batches`);
  }),
);

test(
  "messages of every size up to the limit arrive whole",
  withScene(async ({ router }) => {
    const transport = await router.createDirectTransport({
      maxReceiveMessageSize: 786_432,
      maxSendMessageSize: 500_000,
    });
    const dataProducer = await transport.produceData();
    const dataConsumer = await transport.consumeData({ dataProducerId: dataProducer.id });
    const received: Buffer[] = [];
    dataConsumer.on("message", (message) => received.push(message));
    const sizes = [1, 7, 8, 9, 65_519, 65_520, 65_521, 262_144, 499_999, 500_000];
    for (const size of sizes) dataProducer.send(Buffer.alloc(size, size & 0xff));
    dataProducer.send(Buffer.alloc(786_432)); // More than a data consumer gets: dropped.
    dataProducer.send("é".repeat(100_000));
    await eventsDelivered(router);
    assert.deepEqual(received.map(({ length }) => length), [...sizes, 200_000]);
    for (const [i, size] of sizes.entries()) {
      assert(received[i].every((byte) => byte === (size & 0xff)), `${size}`);
    }
    await assertTypeErrors([
      ["large", () => dataProducer.send(Buffer.alloc(786_433)), /message must have at most 786432/],
      ["long", () => dataProducer.send("é".repeat(400_000)), /message must have at most/],
      ["batch", () => dataProducer.sendBatch(["x", Buffer.alloc(786_433)]), /messages/],
    ]);
  }),
);

test(
  "subchannels choose who receives a message",
  withScene(async ({ router }) => {
    const transport = await router.createDirectTransport();
    const dataProducer = await transport.produceData();
    const heard: string[] = [];
    const consumers: Record<string, DataConsumer> = {};
    for (const [name, subchannels] of Object.entries({ none: [], one: [1], both: [1, 2] })) {
      const dataProducerId = dataProducer.id;
      const consumer = await transport.consumeData({ dataProducerId, subchannels });
      consumer.on("message", () => heard.push(name));
      consumers[name] = consumer;
    }
    const whoHears = async (...selectors: [number[]?, number?, number?]): Promise<string[]> => {
      heard.length = 0;
      dataProducer.send("x", undefined, ...selectors);
      await eventsDelivered(router);
      return [...heard].sort();
    };
    assert.deepEqual(await whoHears(), ["both", "none", "one"]);
    assert.deepEqual(await whoHears([]), ["both", "none", "one"]);
    assert.deepEqual(await whoHears([1]), ["both", "one"]);
    assert.deepEqual(await whoHears([2, 3, 2]), ["both"]);
    assert.deepEqual(await whoHears([3]), []);
    assert.deepEqual(await whoHears(undefined, 1), ["both", "one"]);
    assert.deepEqual(await whoHears([1], 2), ["both"]);
    assert.deepEqual(await whoHears(undefined, undefined, 2), ["none", "one"]);
    assert.deepEqual(await whoHears([1], 1, 2), ["one"]);

    await consumers.none.setSubchannels([5, 4, 5]);
    assert.deepEqual(consumers.none.subchannels, [4, 5]);
    await consumers.none.addSubchannel(2);
    await consumers.none.addSubchannel(2);
    await consumers.none.removeSubchannel(4);
    await consumers.none.removeSubchannel(4);
    assert.deepEqual(consumers.none.subchannels, [2, 5]);
    assert.deepEqual((await consumers.none.dump()).subchannels, [2, 5]);
    assert.deepEqual(await whoHears([2]), ["both", "none"]);
  }),
);

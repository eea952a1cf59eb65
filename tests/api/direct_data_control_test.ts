/** Data producers and data consumers of direct transports as objects. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { withData } from "./direct_scene.ts";
import {
  assertTypeErrors,
  eventsDelivered,
  next,
  notFound,
  record,
  unsupported,
  workerClosed,
  wrong,
} from "./support.ts";

test(
  "data producers and data consumers have mediasoup's getters, dumps and stats",
  withData(async ({ router, ingress, egress, dataProducer, dataConsumer }) => {
    const made = Promise.all([
      next(ingress.observer, "newdataproducer"),
      next(egress.observer, "newdataconsumer"),
    ]);
    const producer = await ingress.produceData({ id: "mine", paused: true, appData: { a: 1 } });
    const consumer = await egress.consumeData({
      dataProducerId: "mine",
      paused: true,
      subchannels: [7, 1, 7, 65535],
      appData: { b: 2 },
    });
    assert.deepEqual(await made, [[producer], [consumer]]);
    assert.deepEqual(
      [producer.id, producer.type, producer.label, producer.protocol, producer.paused],
      ["mine", "direct", "", "", true],
    );
    assert.equal(producer.sctpStreamParameters, undefined);
    assert.deepEqual(producer.appData, { a: 1 });
    assert.deepEqual([consumer.dataProducerId, consumer.type, consumer.paused], [
      "mine",
      "direct",
      true,
    ]);
    assert.deepEqual([consumer.dataProducerPaused, consumer.subchannels], [true, [1, 7, 65535]]);
    assert.equal(consumer.sctpStreamParameters, undefined);
    assert.deepEqual(consumer.appData, { b: 2 });
    assert.deepEqual(
      [dataConsumer.label, dataConsumer.protocol, dataConsumer.paused],
      ["foo", "bar", false],
    );

    assert.deepEqual(await producer.dump(), {
      id: "mine",
      paused: true,
      type: "direct",
      label: "",
      protocol: "",
    });
    assert.deepEqual(await consumer.dump(), {
      id: consumer.id,
      dataProducerId: "mine",
      paused: true,
      dataProducerPaused: true,
      subchannels: [1, 7, 65535],
      type: "direct",
      label: "",
      protocol: "",
      bufferedAmount: 0,
      bufferedAmountLowThreshold: 0,
    });
    assert.deepEqual((await ingress.dump()).dataProducerIds, [dataProducer.id, "mine"]);
    assert.deepEqual((await egress.dump()).dataConsumerIds, [dataConsumer.id, consumer.id]);
    const dump = await router.dump();
    assert.deepEqual(dump.mapDataProducerIdDataConsumerIds, [
      { key: dataProducer.id, values: [dataConsumer.id] },
      { key: "mine", values: [consumer.id] },
    ]);
    assert.deepEqual(dump.mapDataConsumerIdDataProducerId, [
      { key: dataConsumer.id, value: dataProducer.id },
      { key: consumer.id, value: "mine" },
    ]);
  }),
);

test(
  "pause and resume of either end drop messages, and are told",
  withData(async ({ router, dataProducer, dataConsumer, received }) => {
    const log: string[] = [];
    record(log, "consumer", dataConsumer, ["dataproducerpause", "dataproducerresume"]);
    record(log, "consumer.observer", dataConsumer.observer, ["pause", "resume"]);
    record(log, "producer.observer", dataProducer.observer, ["pause", "resume"]);
    dataProducer.send("1");
    await dataConsumer.pause();
    dataProducer.send("2");
    await dataConsumer.resume();
    dataProducer.send("3");
    await dataProducer.pause();
    await dataProducer.pause();
    dataProducer.send("4");
    await eventsDelivered(router);
    assert.equal(dataConsumer.dataProducerPaused, true);
    await dataConsumer.pause();
    await dataProducer.resume();
    await eventsDelivered(router);
    await dataConsumer.resume();
    dataProducer.send("5");
    await eventsDelivered(router);
    assert.deepEqual(received.map(([message]) => message.toString()), ["1", "3", "5"]);
    assert.deepEqual(log, [
      "consumer.observer:pause",
      "consumer.observer:resume",
      "producer.observer:pause",
      "consumer:dataproducerpause",
      "consumer.observer:pause",
      "producer.observer:resume",
      "consumer:dataproducerresume",
      "consumer.observer:resume",
    ]);
    assert.equal((await dataProducer.getStats())[0].messagesReceived, 5);
  }),
);

test(
  "closing cascades; what was sent before comes before",
  withData(async ({ ingress, egress, dataProducer, dataConsumer, received }) => {
    const log: string[] = [];
    record(log, "producer", dataProducer, ["transportclose"]);
    record(log, "producer.observer", dataProducer.observer, ["close"]);
    record(log, "consumer", dataConsumer, ["message", "dataproducerclose", "transportclose"]);
    record(log, "consumer.observer", dataConsumer.observer, ["close"]);
    const ended = next(dataConsumer, "dataproducerclose");
    dataProducer.send("last words");
    dataProducer.close();
    dataProducer.close();
    await ended;
    assert.deepEqual(log, [
      "producer.observer:close",
      "consumer:message",
      "consumer:dataproducerclose",
      "consumer.observer:close",
    ]);
    assert.equal(received.length, 1);
    dataProducer.send("more");
    assert.equal(dataProducer.sendBatch(["more"]), 0);
    for (const it of [dataProducer, dataConsumer]) {
      assert.equal(it.closed, true);
      await assert.rejects(it.dump(), notFound);
      await assert.rejects(it.getStats(), notFound);
      await assert.rejects(it.pause(), notFound);
    }
    const id = dataProducer.id;
    await assert.rejects(egress.consumeData({ dataProducerId: id }), notFound);

    const again = await ingress.produceData({ id });
    const other = await egress.consumeData({ dataProducerId: id });
    log.length = 0;
    record(log, "again", again, ["transportclose"]);
    record(log, "other", other, ["transportclose"]);
    egress.close();
    ingress.close();
    assert.deepEqual(log, ["other:transportclose", "again:transportclose"]);
  }),
);

test(
  "wrong arguments are TypeErrors, what needs SCTP is not there yet",
  withData(async ({ worker, transport, ingress, egress, dataProducer, dataConsumer }) => {
    const dataProducerId = dataProducer.id;
    await assertTypeErrors([
      ["options", () => ingress.produceData(wrong(1)), /options/],
      ["id", () => ingress.produceData({ id: dataProducerId }), /same id/],
      ["label", () => ingress.produceData({ label: wrong(1) }), /label/],
      ["protocol", () => ingress.produceData({ protocol: wrong([]) }), /protocol/],
      ["paused", () => ingress.produceData({ paused: wrong(1) }), /paused/],
      ["appData", () => ingress.produceData({ appData: wrong(1) }), /appData/],
      ["nothing", () => egress.consumeData(wrong(undefined)), /options/],
      ["no id", () => egress.consumeData(wrong({})), /dataProducerId/],
      ["paused", () => egress.consumeData({ dataProducerId, paused: wrong("") }), /paused/],
      ["list", () => egress.consumeData({ dataProducerId, subchannels: wrong(1) }), /subchannels/],
      ["entry", () => egress.consumeData({ dataProducerId, subchannels: [-1] }), /subchannels/],
      ["message", () => dataProducer.send(wrong(undefined)), /message/],
      ["message", () => dataProducer.send(wrong({ length: 3 })), /message/],
      ["message", () => dataProducer.send(wrong(new DataView(new ArrayBuffer(1)))), /message/],
      ["ppid", () => dataProducer.send("x", -1), /ppid/],
      ["ppid", () => dataProducer.send("x", wrong("51")), /ppid/],
      ["subchannels", () => dataProducer.send("x", 51, [65536]), /subchannels/],
      ["required", () => dataProducer.send("x", 51, [], 1.5), /requiredSubchannel/],
      ["ignored", () => dataProducer.send("x", 51, [], 1, -1), /ignoredSubchannel/],
      ["batch", () => dataProducer.sendBatch(wrong("xyz")), /messages/],
      ["batch", () => dataProducer.sendBatch(["x", wrong(1)]), /messages/],
      ["threshold", () => dataConsumer.setBufferedAmountLowThreshold(-1), /threshold/],
      ["subchannels", () => dataConsumer.setSubchannels(wrong(1)), /subchannels/],
      ["subchannel", () => dataConsumer.addSubchannel(65536), /subchannel/],
      ["subchannel", () => dataConsumer.removeSubchannel(NaN), /subchannel/],
      ["maxQueued", () => dataConsumer.messages({ maxQueued: 0 }), /maxQueued/],
    ]);
    await assert.rejects(dataConsumer.send("x"), unsupported);
    await assert.rejects(transport.produceData(), unsupported);
    await assert.rejects(transport.consumeData({ dataProducerId }), unsupported);
    await assert.rejects(egress.consumeData({ dataProducerId: "x" }), notFound);
    assert.equal(await dataConsumer.getBufferedAmount(), 0);
    worker.close();
    dataProducer.send("x");
    await assert.rejects(dataProducer.pause(), workerClosed);
    await assert.rejects(dataConsumer.setSubchannels([1]), workerClosed);
  }),
);

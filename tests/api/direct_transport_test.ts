/** The direct transport as an object: options, getters, what it refuses, how it ends. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import { withDirect } from "./direct_scene.ts";
import { audioPacket } from "./rtp.ts";
import {
  assertTypeErrors,
  audioOptions,
  consumerCapabilities,
  next,
  notFound,
  record,
  unsupported,
  withScene,
  workerClosed,
  wrong,
} from "./support.ts";

test(
  "a direct transport has mediasoup's getters, dump and stats",
  withScene(async ({ router }) => {
    const opened = next(router.observer, "newtransport");
    const transport = await router.createDirectTransport({
      maxSendMessageSize: 1024,
      maxReceiveMessageSize: 2048,
      appData: { foo: "bar" },
    });
    assert.deepEqual(await opened, [transport]);
    assert.equal(typeof transport.id, "string");
    assert.equal(transport.closed, false);
    assert.equal(transport.type, "direct");
    assert.deepEqual(transport.appData, { foo: "bar" });
    const dump = await transport.dump();
    assert.deepEqual(dump, {
      id: transport.id,
      producerIds: [],
      consumerIds: [],
      mapSsrcConsumerId: [],
      mapRtxSsrcConsumerId: [],
      recvRtpHeaderExtensions: {},
      rtpListener: { ssrcTable: [], midTable: [], ridTable: [] },
      maxSendMessageSize: 1024,
      maxReceiveMessageSize: 2048,
      dataProducerIds: [],
      dataConsumerIds: [],
      traceEventTypes: [],
      drops: { direct_packets_unread: 0, feedback_statuses_refused: 0 },
    });
    const [stats] = await transport.getStats();
    assert.equal(stats.type, "direct-transport");
    assert.equal(stats.transportId, transport.id);
    assert.equal(stats.bytesReceived, 0);
    assert.equal(stats.bytesSent, 0);
    assert.equal(stats.packetsDropped, 0);
    assert.deepEqual((await router.dump()).transportIds.includes(transport.id), true);
    await transport.enableTraceEvent(["bwe"]);
    assert.deepEqual((await transport.dump()).traceEventTypes, ["bwe"]);
    const plain = await router.createDirectTransport();
    assert.deepEqual(plain.appData, {});
    assert.equal((await plain.dump()).maxSendMessageSize, 262144);
  }),
);

test(
  "connect() does nothing, limits of bitrate are not for direct transports",
  withScene(async ({ router }) => {
    const transport = await router.createDirectTransport();
    await transport.connect();
    await transport.connect();
    await assert.rejects(transport.setMaxIncomingBitrate(1e6), unsupported);
    await assert.rejects(transport.setMaxOutgoingBitrate(1e6), unsupported);
    await assert.rejects(transport.setMinOutgoingBitrate(1e6), unsupported);
  }),
);

test(
  "wrong arguments are TypeErrors",
  withDirect(async ({ router, transport, ingress, producer }) => {
    const large = Buffer.alloc(1601);
    const nameless = audioOptions();
    Object.assign(nameless.rtpParameters, { mid: undefined, encodings: [{}] });
    await assertTypeErrors([
      ["options", () => router.createDirectTransport(wrong("x")), /options/],
      ["null", () => router.createDirectTransport(wrong(null)), /options/],
      ["appData", () => router.createDirectTransport(wrong({ appData: 1 })), /appData/],
      [
        "size",
        () => router.createDirectTransport({ maxSendMessageSize: -1 }),
        /maxSendMessageSize/,
      ],
      [
        "size",
        () => router.createDirectTransport({ maxReceiveMessageSize: 786_433 }),
        /maxReceiveMessageSize/,
      ],
      ["text", () => producer.send(wrong("x")), /rtpPacket/],
      ["nothing", () => producer.send(wrong(undefined)), /rtpPacket/],
      ["words", () => producer.send(wrong(new Uint16Array(20))), /rtpPacket/],
      ["large", () => producer.send(large), /rtpPacket must have at most 1600 bytes/],
      ["no batch", () => producer.sendBatch(wrong(audioPacket(1))), /rtpPackets/],
      ["batch", () => producer.sendBatch([audioPacket(1), wrong(1)]), /rtpPackets/],
      ["batch", () => producer.sendBatch([audioPacket(1), large]), /rtpPackets/],
      ["rtcp", () => ingress.sendRtcp(wrong([1, 2])), /rtcpPacket/],
      ["rtcp", () => ingress.sendRtcp(large), /rtcpPacket/],
      ["no SSRC", () => ingress.produce(nameless), /encoding/],
    ]);
    assert.equal((await producer.getStats()).length, 0);
    const elsewhere = await transport.produce(audioOptions(5));
    assert.throws(() => elsewhere.send(audioPacket(1)), unsupported);
    assert.throws(() => elsewhere.sendBatch([audioPacket(1)]), unsupported);
    const consumer = await transport.consume({
      producerId: elsewhere.id,
      rtpCapabilities: consumerCapabilities,
    });
    assert.throws(() => consumer.packets(), unsupported);
    assert.throws(() => consumer[Symbol.asyncIterator](), unsupported);
  }),
);

test(
  "closing cascades, with mediasoup's events in order",
  withDirect(async ({ router, ingress, egress, producer, consumer }) => {
    const log: string[] = [];
    record(log, "producer", producer, ["transportclose"]);
    record(log, "producer.observer", producer.observer, ["close"]);
    record(log, "consumer", consumer, ["producerclose", "transportclose"]);
    record(log, "consumer.observer", consumer.observer, ["close"]);
    record(log, "ingress.observer", ingress.observer, ["close"]);
    const ended = next(consumer, "producerclose");
    producer.send(audioPacket(1));
    ingress.close();
    // The packet was sent before: it comes before the end.
    consumer.on("rtp", () => log.push("consumer:rtp"));
    await ended;
    assert.deepEqual(log, [
      "producer:transportclose",
      "producer.observer:close",
      "ingress.observer:close",
      "consumer:rtp",
      "consumer:producerclose",
      "consumer.observer:close",
    ]);
    for (const it of [ingress, producer, consumer]) assert.equal(it.closed, true);
    producer.send(audioPacket(2));
    assert.equal(producer.sendBatch([audioPacket(2)]), 0);
    ingress.sendRtcp(Buffer.alloc(8));
    await assert.rejects(ingress.dump(), notFound);
    await assert.rejects(ingress.getStats(), notFound);
    await assert.rejects(ingress.produce(audioOptions(9)), notFound);
    const routerClosed = next(egress, "routerclose");
    router.close();
    await routerClosed;
    assert.equal(egress.closed, true);
  }),
);

test(
  "with a closed worker methods fail, and send() takes nothing",
  withDirect(async ({ worker, router, ingress, egress, producer, consumer }) => {
    const order: string[] = [];
    record(order, "egress", egress, ["routerclose"]);
    record(order, "consumer", consumer, ["transportclose"]);
    producer.send(audioPacket(1));
    worker.close();
    assert.deepEqual(order, ["consumer:transportclose", "egress:routerclose"]);
    producer.send(audioPacket(2));
    ingress.sendRtcp(Buffer.alloc(8));
    await assert.rejects(ingress.dump(), workerClosed);
    await assert.rejects(router.createDirectTransport(), workerClosed);
  }),
);

/** RTP and RTCP from the application through the engine to the application. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import type { Consumer } from "../../sfu/types.ts";
import { withDirect } from "./direct_scene.ts";
import { withMedia } from "./media_scene.ts";
import { audioPacket, readRtp, vp8KeyFrame } from "./rtp.ts";
import {
  audioOptions,
  consumerCapabilities,
  eventsDelivered,
  next,
  videoOptions,
} from "./support.ts";

/** RFC 4585, 6.3.1. */
function pictureLoss(ssrc: number): Buffer {
  const packet = Buffer.from([0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0]);
  packet.writeUInt32BE(ssrc, 8);
  return packet;
}

const ssrcOf = (consumer: Consumer): number => consumer.rtpParameters.encodings?.[0].ssrc ?? 0;

test(
  "what producer.send() takes reaches the consumer in its own terms, in order, and is counted",
  withDirect(async ({ router, ingress, egress, producer, consumer, received }) => {
    for (let i = 0; i < 100; ++i) producer.send(audioPacket(1000 + i));
    await eventsDelivered(router);
    assert.equal(received.length, 100);
    received.forEach((it, i) => {
      assert.equal(it.ssrc, ssrcOf(consumer));
      assert.equal(it.payloadType, 100);
      assert.equal(it.sequenceNumber, (received[0].sequenceNumber + i) & 0xffff);
      assert.deepEqual([...it.payload], [(1000 + i) & 0xff, 1, 2, 3, 4, 5, 6, 7]);
    });

    const [inbound] = await producer.getStats();
    assert.equal(inbound.packetCount, 100);
    assert.equal(inbound.byteCount, 100 * 20);
    assert.equal(inbound.packetsLost, 0);
    const [outbound] = await consumer.getStats();
    assert.equal(outbound.packetCount, 100);
    const [sent] = await ingress.getStats();
    assert.equal(sent.type, "direct-transport");
    assert.equal(sent.rtpBytesReceived, 2000);
    assert.equal(sent.bytesReceived, 2000);
    const [got] = await egress.getStats();
    assert.equal(got.rtpBytesSent > 2000, true);
    assert.equal(got.packetsDropped, 0);
  }),
);

test(
  "a packet may be changed after send(), and what arrives may be kept",
  withDirect(async ({ router, producer, consumer }) => {
    const kept: Buffer[] = [];
    consumer.on("rtp", (packet) => kept.push(packet));
    const packet = audioPacket(1);
    for (let i = 1; i <= 3000; ++i) {
      packet.writeUInt16BE(i, 2);
      packet.writeUInt32BE(i, 12);
      producer.send(packet);
      packet.fill(0xff, 12);
      if (i % 500 === 0) await eventsDelivered(router);
    }
    assert.equal(kept.length, 3000);
    kept.forEach((it, i) => {
      assert(Buffer.isBuffer(it));
      assert.equal(readRtp(it)?.payload.readUInt32BE(0), i + 1);
    });
  }),
);

test(
  "sendBatch() and rtpbatch carry the same packets as send() and rtp",
  withDirect(async ({ router, producer, consumer, received }) => {
    const batches: Buffer[][] = [];
    consumer.on("rtpbatch", (packets) => batches.push(packets));
    const packets = Array.from({ length: 200 }, (_, i) => audioPacket(i + 1));
    assert.equal(producer.sendBatch(packets), 200);
    assert.equal(producer.sendBatch([]), 0);
    await eventsDelivered(router);
    assert.equal(received.length, 200);
    assert.deepEqual(
      batches.flat().map((it) => readRtp(it)?.payload[0]),
      packets.map((it) => it[12]),
    );
    assert(batches.length < 200, `${batches.length} batches`);
  }),
);

test(
  "what is no packet of the producer's is dropped and counted, whatever its size",
  withDirect(async ({ worker, router, producer, received }) => {
    const detached = Uint8Array.from(audioPacket(1));
    structuredClone(detached.buffer, { transfer: [detached.buffer] });
    const odd = [
      new Uint8Array(0),
      detached,
      new Uint8Array(1),
      new Uint8Array(11),
      new Uint8Array(1600),
      Buffer.alloc(1600, 0xff),
      audioPacket(1).subarray(0, 11),
    ];
    for (const packet of odd) producer.send(packet as Buffer);
    const stranger = audioPacket(1);
    stranger.writeUInt32BE(99, 8);
    producer.send(stranger);
    producer.send(audioPacket(2));
    await eventsDelivered(router);
    assert.equal(received.length, 1);
    const { counters } = await worker.dump() as unknown as { counters: Record<string, number> };
    assert.equal(counters.drop_rtp_malformed + counters.drop_unknown_ssrc >= odd.length + 1, true);
  }),
);

test(
  "packets of a network reach the application, and the application's reach the network",
  withMedia(audioOptions(), async ({ router, sender, receiver, ingress, egress, producer }) => {
    const transport = await router.createDirectTransport();
    const tap = await transport.consume({
      producerId: producer.id,
      rtpCapabilities: consumerCapabilities,
    });
    const heard = next(tap, "rtp");
    await sender.send(audioPacket(1), ingress);
    const [packet] = await heard as [Buffer];
    assert.deepEqual([...readRtp(packet)!.payload], [1, 1, 2, 3, 4, 5, 6, 7]);

    const source = await transport.produce(audioOptions(7654321));
    const out = await egress.consume({
      producerId: source.id,
      rtpCapabilities: consumerCapabilities,
    });
    const mine = audioPacket(9);
    mine.writeUInt32BE(7654321, 8);
    source.send(mine);
    await receiver.until(() => receiver.received.some(({ ssrc }) => ssrc === ssrcOf(out)));
  }),
);

test(
  "RTCP goes both ways: the application's PLI makes a producer's application see one",
  withDirect(async ({ router, ingress, egress, producer, consumer, received }) => {
    const requests: Buffer[] = [];
    const observed: Buffer[] = [];
    ingress.on("rtcp", (packet) => requests.push(packet));
    ingress.observer.on("rtcp", (packet) => observed.push(packet));
    producer.send(vp8KeyFrame(1));
    await eventsDelivered(router);
    assert.equal(received.length, 1);
    const isPli = (it: Buffer): boolean => it[1] === 206 && (it[0] & 0x1f) === 1;
    const before = requests.filter(isPli).length;
    egress.sendRtcp(pictureLoss(ssrcOf(consumer)));
    await eventsDelivered(router);
    assert.equal(requests.filter(isPli).length, before + 1);
    assert.equal(requests.findLast(isPli)!.readUInt32BE(8), 22222222);
    assert.equal(observed.length, requests.length);

    egress.sendRtcp(Buffer.alloc(0));
    egress.sendRtcp(Buffer.alloc(1600, 0xff));
    await eventsDelivered(router);
  }, videoOptions()),
);

test(
  "sender reports of consumers and receiver reports of producers come as rtcp events",
  withDirect(async ({ ingress, egress, producer }) => {
    const type = async (transport: unknown): Promise<number> => {
      const [packet] = await next(transport, "rtcp") as [Buffer];
      return packet[1];
    };
    const reports = Promise.all([type(ingress), type(egress)]);
    producer.send(audioPacket(1));
    // RFC 3550, 6.4: 200 is a sender report, 201 a receiver report.
    assert.deepEqual(await reports, [201, 200]);
  }),
);

test(
  "a paused producer or consumer passes nothing on",
  withDirect(async ({ router, producer, consumer, received }) => {
    producer.send(audioPacket(1));
    await consumer.pause();
    producer.send(audioPacket(2));
    await consumer.resume();
    producer.send(audioPacket(3));
    await producer.pause();
    producer.send(audioPacket(4));
    await producer.resume();
    producer.send(audioPacket(5));
    await eventsDelivered(router);
    assert.deepEqual(received.map(({ payload }) => payload[0]), [1, 3, 5]);
  }),
);

test(
  "a listener that throws or closes does not stop the others",
  withDirect(async ({ router, egress, producer, consumer, received }) => {
    const other = await egress.consume({
      producerId: producer.id,
      rtpCapabilities: consumerCapabilities,
    });
    let heard = 0;
    other.on("rtp", () => {
      heard += 1;
      if (heard === 2) other.close();
      throw new Error("on purpose");
    });
    for (let i = 1; i <= 5; ++i) producer.send(audioPacket(i));
    await eventsDelivered(router);
    assert.equal(heard, 2);
    assert.equal(received.length, 5);
    assert.equal(consumer.closed, false);
  }),
);

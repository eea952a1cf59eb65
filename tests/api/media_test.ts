/** Packets through plain transports, and what the API tells about them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ConsumerTraceEventData, ProducerTraceEventData } from "../../sfu/types.ts";
import { withMedia } from "./media_scene.ts";
import { audioPacket, vp8KeyFrame } from "./rtp.ts";
import { audioOptions, eventsDelivered, next, videoOptions } from "./support.ts";

test(
  "packets reach the consumer in its own terms, and are counted",
  withMedia(audioOptions(), async ({ sender, receiver, ingress, egress, producer, consumer }) => {
    const found = next(ingress, "tuple");
    const scored = next(producer, "score");
    for (let i = 0; i < 10; ++i) {
      await sender.send(audioPacket(1000 + i), ingress);
      await receiver.count(i + 1);
    }
    const [tuple] = await found;
    assert.deepEqual(tuple, ingress.tuple);
    assert.equal(ingress.tuple.remoteIp, "127.0.0.1");
    assert.equal(typeof ingress.tuple.remotePort, "number");
    await scored;
    assert.deepEqual(producer.score, [{ encodingIdx: 0, ssrc: 11111111, score: 10 }]);

    const ssrc = consumer.rtpParameters.encodings?.[0].ssrc;
    const first = receiver.received[0];
    receiver.received.forEach((it, i) => {
      assert.equal(it.ssrc, ssrc);
      assert.equal(it.payloadType, 100);
      assert.equal(it.sequenceNumber, (first.sequenceNumber + i) & 0xffff);
      assert.equal(it.timestamp, (first.timestamp + 960 * i) >>> 0);
      assert.deepEqual([...it.payload], [(1000 + i) & 0xff, 1, 2, 3, 4, 5, 6, 7]);
    });

    const [inbound] = await producer.getStats();
    assert.equal(inbound.type, "inbound-rtp");
    assert.equal(inbound.kind, "audio");
    assert.equal(inbound.mimeType, "audio/opus");
    assert.equal(inbound.ssrc, 11111111);
    assert.equal(inbound.packetCount, 10);
    assert.equal(inbound.packetsLost, 0);
    assert.equal(inbound.score, 10);
    const [outbound, source] = await consumer.getStats();
    assert.equal(outbound.type, "outbound-rtp");
    assert.equal(outbound.ssrc, ssrc);
    assert.equal(outbound.packetCount, 10);
    assert.equal(source.type, "inbound-rtp");
    assert.equal(source.ssrc, 11111111);
    const [received] = await ingress.getStats();
    assert.equal(received.rtpBytesReceived > 0, true);
    assert.equal(received.bytesReceived >= received.rtpBytesReceived, true);
    assert.deepEqual(received.tuple, ingress.tuple);
    const [sent] = await egress.getStats();
    assert.equal(sent.rtpBytesSent > 0, true);
  }),
);

test(
  "a paused consumer sends nothing, and goes on without a gap",
  withMedia(audioOptions(), async ({ sender, receiver, ingress, producer, consumer }) => {
    await sender.send(audioPacket(1), ingress);
    await receiver.count(1);
    await consumer.pause();
    await producer.enableTraceEvent(["rtp"]);
    for (let i = 2; i < 6; ++i) {
      const traced = next(producer, "trace");
      await sender.send(audioPacket(i), ingress);
      await traced;
    }
    await consumer.resume();
    await sender.send(audioPacket(6), ingress);
    await receiver.count(2);
    const [before, after] = receiver.received;
    assert.equal(receiver.received.length, 2);
    assert.equal(after.sequenceNumber, (before.sequenceNumber + 1) & 0xffff);
    assert.equal(after.payload[0], 6);
  }),
);

test(
  "each packet is traced once by its producer and its consumer",
  withMedia(videoOptions(), async ({ router, sender, receiver, ingress, producer, consumer }) => {
    const incoming: ProducerTraceEventData[] = [];
    const outgoing: ConsumerTraceEventData[] = [];
    const observed: ConsumerTraceEventData[] = [];
    producer.on("trace", (trace) => incoming.push(trace));
    consumer.on("trace", (trace) => outgoing.push(trace));
    consumer.observer.on("trace", (trace) => observed.push(trace));
    await producer.enableTraceEvent(["rtp", "keyframe"]);
    await consumer.enableTraceEvent(["keyframe"]);
    const traced = next(consumer, "trace");
    await sender.send(vp8KeyFrame(1), ingress);
    await receiver.count(1);
    await traced;
    await eventsDelivered(router);
    assert.deepEqual(outgoing, observed);
    assert.equal(outgoing.length, 1);
    assert.equal(outgoing[0].type, "keyframe");
    assert.equal(outgoing[0].direction, "out");
    assert.equal(typeof outgoing[0].timestamp, "number");
    assert(incoming.length >= 1);
    assert.equal(incoming[0].direction, "in");
    const { rtpPacket } = incoming[0].info as { rtpPacket: Record<string, unknown> };
    assert.equal(rtpPacket.ssrc, 22222222);
    assert.equal(rtpPacket.sequenceNumber, 1);
    assert.equal(rtpPacket.payloadType, 112);
    assert.equal(rtpPacket.isKeyFrame, true);
  }),
);

test(
  "a producer's dump shows its streams once they are there",
  withMedia(videoOptions(), async ({ sender, ingress, producer }) => {
    assert.equal((await producer.dump()).rtpStreams, undefined);
    const scored = next(producer, "score");
    await sender.send(vp8KeyFrame(1), ingress);
    await scored;
    const streams = (await producer.dump()).rtpStreams as { params: Record<string, unknown> }[];
    assert.equal(streams.length, 1);
    assert.equal(streams[0].params.ssrc, 22222222);
    assert.equal(streams[0].params.mimeType, "video/VP8");
  }),
);

test(
  "events of an entity that was closed do not arrive",
  withMedia(videoOptions(), async ({ router, sender, receiver, ingress, producer, consumer }) => {
    await producer.enableTraceEvent(["rtp"]);
    await consumer.enableTraceEvent(["rtp"]);
    let late = 0;
    producer.on("trace", () => late += Number(producer.closed));
    consumer.on("trace", () => late += Number(consumer.closed));
    for (let i = 0; i < 20; ++i) await sender.send(vp8KeyFrame(i), ingress);
    await receiver.count(1);
    producer.close();
    consumer.close();
    await eventsDelivered(router);
    assert.equal(late, 0);
  }),
);

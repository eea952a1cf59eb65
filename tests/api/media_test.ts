/** Packets through plain transports, and what the API tells about them. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createSocket, type Socket } from "node:dgram";
import { test } from "node:test";
import type {
  ConsumerTraceEventData,
  PlainTransport,
  ProducerTraceEventData,
} from "../../sfu/types.ts";
import {
  audioOptions,
  consumerCapabilities,
  next,
  type Scene,
  settle,
  udpInfo,
  videoOptions,
  withScene,
} from "./support.ts";

interface Rtp {
  payloadType: number;
  sequenceNumber: number;
  timestamp: number;
  ssrc: number;
  payload: Buffer;
}

/** RFC 3550, 5.1, without CSRCs and header extensions. */
function writeRtp({ payloadType, sequenceNumber, timestamp, ssrc, payload }: Rtp): Buffer {
  const header = Buffer.alloc(12);
  header[0] = 0x80;
  header[1] = payloadType;
  header.writeUInt16BE(sequenceNumber, 2);
  header.writeUInt32BE(timestamp, 4);
  header.writeUInt32BE(ssrc, 8);
  return Buffer.concat([header, payload]);
}

/** The same with header extensions, which are skipped; undefined for RTCP (RFC 5761, 4). */
function readRtp(packet: Buffer): Rtp | undefined {
  const payloadType = packet[1] & 0x7f;
  if (payloadType >= 64 && payloadType <= 95) return undefined;
  const hasExtensions = (packet[0] & 0x10) !== 0;
  const start = hasExtensions ? 16 + 4 * packet.readUInt16BE(14) : 12;
  return {
    payloadType,
    sequenceNumber: packet.readUInt16BE(2),
    timestamp: packet.readUInt32BE(4),
    ssrc: packet.readUInt32BE(8),
    payload: packet.subarray(start),
  };
}

/** A UDP socket that collects the RTP packets which reach it. */
class Endpoint {
  readonly received: Rtp[] = [];
  readonly #socket: Socket = createSocket("udp4");
  #wake = (): void => {};

  async open(): Promise<number> {
    this.#socket.on("message", (message: Buffer) => {
      const rtp = readRtp(message);
      if (rtp) this.received.push(rtp);
      this.#wake();
    });
    await new Promise<void>((done) => this.#socket.bind(0, "127.0.0.1", done));
    return this.#socket.address().port;
  }

  send(packet: Buffer, to: PlainTransport): Promise<void> {
    return new Promise((done, fail) =>
      this.#socket.send(
        packet,
        to.tuple.localPort,
        "127.0.0.1",
        (error: Error | null) => error ? fail(error) : done(),
      )
    );
  }

  /** Resolves when that many packets have arrived. */
  async count(packets: number): Promise<void> {
    while (this.received.length < packets) {
      await new Promise<void>((done) => this.#wake = done);
    }
  }

  close(): void {
    this.#socket.close();
  }
}

/** A sender, a transport that finds it by itself, a transport that sends, and a receiver. */
async function withMedia(
  { router }: Scene,
  run: (media: {
    sender: Endpoint;
    receiver: Endpoint;
    ingress: PlainTransport;
    egress: PlainTransport;
  }) => Promise<void>,
): Promise<void> {
  const sender = new Endpoint();
  const receiver = new Endpoint();
  try {
    await sender.open();
    const port = await receiver.open();
    const ingress = await router.createPlainTransport({ listenInfo: udpInfo, comedia: true });
    const egress = await router.createPlainTransport({ listenInfo: udpInfo });
    await egress.connect({ ip: "127.0.0.1", port });
    await run({ sender, receiver, ingress, egress });
  } finally {
    sender.close();
    receiver.close();
  }
}

function audioPacket(sequenceNumber: number): Buffer {
  return writeRtp({
    payloadType: 111,
    sequenceNumber,
    timestamp: 960 * sequenceNumber,
    ssrc: 11111111,
    payload: Buffer.from([sequenceNumber & 0xff, 1, 2, 3, 4, 5, 6, 7]),
  });
}

/** The first packet of a VP8 key frame: descriptor (RFC 7741, 4.2), frame tag, start code, size. */
function vp8KeyFrame(sequenceNumber: number): Buffer {
  return writeRtp({
    payloadType: 112,
    sequenceNumber,
    timestamp: 3000 * sequenceNumber,
    ssrc: 22222222,
    payload: Buffer.from([0x10, 0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xf0, 0x00, 0, 0]),
  });
}

test(
  "packets reach the consumer in its own terms, and are counted",
  withScene(async (scene) => {
    await withMedia(scene, async ({ sender, receiver, ingress, egress }) => {
      const producer = await ingress.produce(audioOptions());
      const consumer = await egress.consume({
        producerId: producer.id,
        rtpCapabilities: consumerCapabilities,
      });
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
    });
  }),
);

test(
  "a paused consumer sends nothing, and goes on without a gap",
  withScene(async (scene) => {
    await withMedia(scene, async ({ sender, receiver, ingress, egress }) => {
      const producer = await ingress.produce(audioOptions());
      const consumer = await egress.consume({
        producerId: producer.id,
        rtpCapabilities: consumerCapabilities,
      });
      await sender.send(audioPacket(1), ingress);
      await receiver.count(1);
      await consumer.pause();
      const scored = await producer.getStats();
      for (let i = 2; i < 6; ++i) await sender.send(audioPacket(i), ingress);
      while ((await producer.getStats())[0].packetCount < scored[0].packetCount + 4) await settle();
      await consumer.resume();
      await sender.send(audioPacket(6), ingress);
      await receiver.count(2);
      const [before, after] = receiver.received;
      assert.equal(receiver.received.length, 2);
      assert.equal(after.sequenceNumber, (before.sequenceNumber + 1) & 0xffff);
      assert.equal(after.payload[0], 6);
    });
  }),
);

test(
  "each packet is traced once by its producer and its consumer",
  withScene(async (scene) => {
    await withMedia(scene, async ({ sender, receiver, ingress, egress }) => {
      const producer = await ingress.produce(videoOptions());
      const consumer = await egress.consume({
        producerId: producer.id,
        rtpCapabilities: consumerCapabilities,
      });
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
      await settle();
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
    });
  }),
);

test(
  "a producer's dump shows its streams once they are there",
  withScene(async (scene) => {
    await withMedia(scene, async ({ sender, ingress }) => {
      const producer = await ingress.produce(videoOptions());
      assert.equal((await producer.dump()).rtpStreams, undefined);
      await sender.send(vp8KeyFrame(1), ingress);
      while ((await producer.getStats()).length === 0) await settle();
      const streams = (await producer.dump()).rtpStreams as { params: Record<string, unknown> }[];
      assert.equal(streams.length, 1);
      assert.equal(streams[0].params.ssrc, 22222222);
      assert.equal(streams[0].params.mimeType, "video/VP8");
    });
  }),
);

test(
  "events of an entity that was closed do not arrive",
  withScene(async (scene) => {
    await withMedia(scene, async ({ sender, receiver, ingress, egress }) => {
      const producer = await ingress.produce(videoOptions());
      const consumer = await egress.consume({
        producerId: producer.id,
        rtpCapabilities: consumerCapabilities,
      });
      await producer.enableTraceEvent(["rtp"]);
      await consumer.enableTraceEvent(["rtp"]);
      let late = 0;
      producer.on("trace", () => late += Number(producer.closed));
      consumer.on("trace", () => late += Number(consumer.closed));
      for (let i = 0; i < 20; ++i) await sender.send(vp8KeyFrame(i), ingress);
      await receiver.count(1);
      producer.close();
      consumer.close();
      await settle();
      assert.equal(late, 0);
    });
  }),
);

/** What a hop must change or make itself: the capture clock's offset, and limits for the sender. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import { createWorker } from "../../mod.ts";
import type { Producer, ProducerOptions, Router } from "../../sfu/types.ts";
import { Endpoint } from "./media_scene.ts";
import { audioPacket, writeRtp } from "./rtp.ts";
import { audioOptions, eventsDelivered, mediaCodecs, udpInfo, withScene } from "./support.ts";

const uri = "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time";
const ssrc = 4711;
/** By so much the sender's clock is behind ours. */
const behindSeconds = 5;

const options: ProducerOptions = {
  kind: "audio",
  rtpParameters: {
    codecs: [{ mimeType: "audio/opus", payloadType: 111, clockRate: 48000, channels: 2 }],
    headerExtensions: [{ uri, id: 3 }],
    encodings: [{ ssrc }],
  },
};

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** NTP time of the sender's clock (RFC 5905, 6), 64 bits. */
function senderNtp(): bigint {
  const milliseconds = Date.now() - behindSeconds * 1000;
  return (BigInt(milliseconds) << 32n) / 1000n + (2_208_988_800n << 32n);
}

function senderReport(timestamp: number): Buffer {
  const report = Buffer.alloc(28);
  report.writeUInt32BE(0x80c80006, 0);
  report.writeUInt32BE(ssrc, 4);
  report.writeBigUInt64BE(senderNtp(), 8);
  report.writeUInt32BE(timestamp, 16);
  return report;
}

/** The sender is the capturer: the offset from its clock to the capturer's is nothing. */
function packet(sequenceNumber: number, timestamp: number): Buffer {
  const value = Buffer.alloc(16);
  value.writeBigUInt64BE(senderNtp(), 0);
  const payload = Buffer.from([0x78, 1]);
  const extensions = new Map([[3, value]]);
  return writeRtp({ payloadType: 111, sequenceNumber, timestamp, ssrc, payload, extensions });
}

/** Of the newest packet: how far the capturer's clock is from that of whoever sent it, seconds. */
function offsetOf(router: Router, { received }: Endpoint): number | undefined {
  const id = router.rtpCapabilities.headerExtensions!.find((it) => it.uri === uri)!.preferredId;
  const value = received.at(-1)?.extensions?.get(id);
  return value?.length === 16 ? Number(value.readBigInt64BE(8)) / 2 ** 32 : undefined;
}

async function listen(router: Router, producer: Producer): Promise<Endpoint> {
  const endpoint = new Endpoint();
  const transport = await router.createPlainTransport({ listenInfo: udpInfo });
  await transport.connect({ ip: "127.0.0.1", port: await endpoint.open() });
  const { rtpCapabilities } = router;
  await transport.consume({ producerId: producer.id, rtpCapabilities });
  return endpoint;
}

test("the capture clock's offset is put into each hop's clock, once that is known", async () => {
  const workers = [await createWorker(), await createWorker(), await createWorker()];
  const [router, linked, piped] = await Promise.all(
    workers.map((worker) => worker.createRouter({ mediaCodecs })),
  );
  const sender = new Endpoint();
  await sender.open();
  const ingress = await router.createPlainTransport({ listenInfo: udpInfo, comedia: true });
  const producer = await ingress.produce(options);
  const producerId = producer.id;
  const link = await router.pipeToRouter({ producerId, router: linked });
  const pipe = await router.pipeToRouter({ producerId, router: piped, listenInfo: udpInfo });
  const ends: [Router, Endpoint][] = [
    [router, await listen(router, producer)],
    [linked, await listen(linked, link.pipeProducer!)],
    [piped, await listen(piped, pipe.pipeProducer!)],
  ];
  try {
    const began = performance.now();
    let sent = 0;
    const play = async (withReport: boolean): Promise<void> => {
      const timestamp = Math.round((performance.now() - began) * 48);
      if (withReport) await sender.send(senderReport(timestamp), ingress);
      await sender.send(packet(++sent, timestamp), ingress);
      await Promise.all(ends.map(([, endpoint]) => endpoint.count(sent)));
    };
    // Nobody knows the sender's clock yet: an offset would be wrong, and goes.
    await play(false);
    assert.deepEqual(ends.map((end) => offsetOf(...end)), [undefined, undefined, undefined]);
    const known = (): boolean => ends.every((end) => offsetOf(...end) !== undefined);
    while (!known() && performance.now() - began < 20_000) {
      await play(true);
      await pause(100);
    }
    for (const end of ends) {
      const offset = offsetOf(...end);
      // The capturer's clock is behind: what must be added to it is positive with them.
      assert(offset !== undefined && Math.abs(offset - behindSeconds) < 0.25, `${offset}`);
    }
  } finally {
    for (const [, endpoint] of ends) endpoint.close();
    sender.close();
    for (const worker of workers) worker.close();
  }
});

/** The limit in a REMB message (draft-alvestrand-rmcat-remb-03, 2.2), bits a second. */
function rembOf(rtcp: Buffer): number | undefined {
  const at = rtcp.indexOf("REMB");
  if (at < 0) return undefined;
  const exponent = rtcp[at + 5] >> 2;
  return ((rtcp[at + 5] & 3) << 16 | rtcp.readUInt16BE(at + 6)) * 2 ** exponent;
}

test(
  "setMaxIncomingBitrate() tells the sender its limit, and that there is none any more",
  withScene(async ({ router }) => {
    const sender = new Endpoint();
    try {
      await sender.open();
      const ingress = await router.createPlainTransport({ listenInfo: udpInfo, comedia: true });
      await ingress.produce(audioOptions());
      await sender.send(audioPacket(1), ingress);
      const limits = (): (number | undefined)[] =>
        sender.receivedRtcp.map(rembOf).filter((limit) => limit !== undefined);
      await ingress.setMaxIncomingBitrate(500_000);
      // It is repeated, since it may get lost.
      await sender.until(() => limits().length >= 2);
      for (const limit of limits()) {
        assert(limit! <= 500_000 && limit! > 499_000, `${limit}`);
      }
      const [stats] = await ingress.getStats();
      assert.equal(stats.maxIncomingBitrate, 500_000);
      await ingress.setMaxIncomingBitrate(0);
      await sender.until(() => limits().at(-1) === 0);
      await eventsDelivered(router);
      assert.equal((await ingress.getStats())[0].maxIncomingBitrate, undefined);
    } finally {
      sender.close();
    }
  }),
);

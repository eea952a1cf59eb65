/** Redundant audio (RFC 2198) on the wire, from plain transport to plain transport. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import { createWorker } from "../../mod.ts";
import type {
  PlainTransport,
  Producer,
  ProducerOptions,
  Router,
  RouterRtpCodecCapability,
  RtpCapabilities,
} from "../../sfu/types.ts";
import { Endpoint } from "./media_scene.ts";
import { type Rtp, writeRtp } from "./rtp.ts";
import { udpInfo } from "./support.ts";

const opus = { mimeType: "audio/opus", clockRate: 48000, channels: 2 };
const red = { mimeType: "audio/red", clockRate: 48000, channels: 2 };

function codecs(opusType: number, redType: number): RouterRtpCodecCapability[] {
  return [
    { kind: "audio", ...opus, preferredPayloadType: opusType },
    { kind: "audio", ...red, preferredPayloadType: redType },
  ];
}

const redOptions: ProducerOptions = {
  kind: "audio",
  rtpParameters: {
    codecs: [
      { ...opus, payloadType: 111 },
      { ...red, payloadType: 63, parameters: { "111/111": "" } },
    ],
    encodings: [{ ssrc: 4711 }],
  },
};

/** The frame before, and the frame, each of two bytes. */
function blocks(frame: number, type = 111): Buffer {
  return Buffer.from([0x80 | type, 0x0f, 0, 2, type, 0x78, frame - 1, 0x78, frame]);
}

function redPacket(frame: number, payload = blocks(frame)): Buffer {
  const [sequenceNumber, timestamp] = [frame, 960 * frame];
  return writeRtp({ payloadType: 63, sequenceNumber, timestamp, ssrc: 4711, payload });
}

/** An endpoint that gets what the producer sends, with those of the router's codecs. */
async function listen(
  router: Router,
  producer: Producer,
  has: (mimeType: string) => boolean,
): Promise<Endpoint> {
  const endpoint = new Endpoint();
  const transport = await router.createPlainTransport({ listenInfo: udpInfo });
  await transport.connect({ ip: "127.0.0.1", port: await endpoint.open() });
  const rtpCapabilities: RtpCapabilities = {
    codecs: router.rtpCapabilities.codecs!.filter(({ mimeType }) => has(mimeType)),
  };
  await transport.consume({ producerId: producer.id, rtpCapabilities });
  return endpoint;
}

/** Frames 1 to 10, as they came. */
function checkFrames(
  received: Rtp[],
  payloadType: number,
  payloadOf: (frame: number) => Buffer,
): void {
  const first = received[0];
  received.forEach((it, index) => {
    assert.equal(it.payloadType, payloadType);
    assert.equal(it.sequenceNumber, (first.sequenceNumber + index) & 0xffff);
    assert.equal(it.timestamp, 960 * (index + 1));
    assert.deepEqual([...it.payload], [...payloadOf(index + 1)]);
  });
}

async function sendFrames(
  sender: Endpoint,
  ingress: PlainTransport,
  receivers: Endpoint[],
): Promise<void> {
  for (let frame = 1; frame <= 10; ++frame) {
    await sender.send(redPacket(frame), ingress);
    await Promise.all(receivers.map((receiver) => receiver.count(frame)));
  }
}

test("RED reaches who has it, its primary frames who has not, on this router and behind a pipe", async () => {
  const [near, far] = await Promise.all([createWorker(), createWorker()]);
  const endpoints: Endpoint[] = [];
  try {
    const router = await near.createRouter({ mediaCodecs: codecs(100, 101) });
    const remote = await far.createRouter({ mediaCodecs: codecs(121, 120) });
    const sender = new Endpoint();
    endpoints.push(sender);
    await sender.open();
    const ingress = await router.createPlainTransport({ listenInfo: udpInfo, comedia: true });
    const producer = await ingress.produce(redOptions);
    const { pipeProducer } = await router.pipeToRouter({ producerId: producer.id, router: remote });

    const everything = (): boolean => true;
    const opusAlone = (mimeType: string): boolean => mimeType === "audio/opus";
    const nearRed = await listen(router, producer, everything);
    const nearOpus = await listen(router, producer, opusAlone);
    const farRed = await listen(remote, pipeProducer!, everything);
    const farOpus = await listen(remote, pipeProducer!, opusAlone);
    endpoints.push(nearRed, nearOpus, farRed, farOpus);

    await sendFrames(sender, ingress, endpoints.slice(1));
    checkFrames(nearRed.received, 101, (frame) => blocks(frame, 100));
    checkFrames(farRed.received, 120, (frame) => blocks(frame, 121));
    checkFrames(nearOpus.received, 100, (frame) => Buffer.from([0x78, frame]));
    checkFrames(farOpus.received, 121, (frame) => Buffer.from([0x78, frame]));
  } finally {
    for (const endpoint of endpoints) endpoint.close();
    near.close();
    far.close();
  }
});

test("malformed RED is dropped and counted, and what comes after it is not", async () => {
  const worker = await createWorker();
  const sender = new Endpoint();
  let receiver: Endpoint | undefined;
  try {
    const router = await worker.createRouter({ mediaCodecs: codecs(100, 101) });
    await sender.open();
    const ingress = await router.createPlainTransport({ listenInfo: udpInfo, comedia: true });
    const producer = await ingress.produce(redOptions);
    receiver = await listen(router, producer, (mimeType) => mimeType === "audio/opus");
    await sender.send(redPacket(1), ingress);
    await sender.send(redPacket(2, Buffer.from([0xef, 0x0f, 0x03, 0xff, 0x6f, 1])), ingress);
    await sender.send(redPacket(3, blocks(3, 8)), ingress);
    await sender.send(redPacket(4), ingress);
    await receiver.count(2);
    assert.deepEqual(receiver.received.map(({ payload }) => payload[1]), [1, 4]);
    assert.equal((await worker.dump()).counters.drop_red_malformed, 2);
  } finally {
    sender.close();
    receiver?.close();
    worker.close();
  }
});

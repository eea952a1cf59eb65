/** ffmpeg sends to a router of one worker, and another decodes what a router of a second one gives. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { createWorker, type types } from "../../mod.ts";
import { type Expected, freePortPair, opus, publish, receive, vp8 } from "../support/ffmpeg.ts";

const mediaCodecs: types.RouterRtpCodecCapability[] = [
  { kind: "audio", mimeType: "audio/opus", clockRate: 48000, channels: 2 },
  { kind: "video", mimeType: "video/VP8", clockRate: 90000 },
];

const plain = { listenInfo: { protocol: "udp", ip: "127.0.0.1" }, rtcpMux: false } as const;

const video: types.RtpParameters = {
  codecs: [{ mimeType: "video/VP8", payloadType: vp8.payloadType, clockRate: 90000 }],
  encodings: [{ ssrc: vp8.ssrc }],
};

const audio: types.RtpParameters = {
  codecs: [{
    mimeType: "audio/opus",
    payloadType: opus.payloadType,
    clockRate: 48000,
    channels: 2,
  }],
  encodings: [{ ssrc: opus.ssrc }],
};

async function produce(
  router: types.Router,
  kind: types.MediaKind,
  rtpParameters: types.RtpParameters,
): Promise<{ transport: types.PlainTransport; producer: types.Producer }> {
  const transport = await router.createPlainTransport({ ...plain, comedia: true });
  return { transport, producer: await transport.produce({ kind, rtpParameters }) };
}

async function consume(router: types.Router, producerId: string): Promise<Expected> {
  const transport = await router.createPlainTransport(plain);
  const port = await freePortPair();
  await transport.connect({ ip: "127.0.0.1", port, rtcpPort: port + 1 });
  const { rtpCapabilities } = router;
  const consumer = await transport.consume({ producerId, rtpCapabilities, paused: true });
  return { consumer, port };
}

for (
  const [way, options] of [
    ["a link", {}],
    ["SRTP with RTX", { enableSrtp: true, enableRtx: true }],
  ] as [string, object][]
) {
  test(`VP8 and Opus from ffmpeg to ffmpeg through two workers, by ${way}`, async () => {
    const workers = [await createWorker(), await createWorker()];
    const [from, to] = await Promise.all(workers.map((it) => it.createRouter({ mediaCodecs })));
    const sources = [await produce(from, "video", video), await produce(from, "audio", audio)];
    const publisher = publish(sources[0].transport, sources[1].transport);
    try {
      const expected: Expected[] = [];
      for (const { producer: { id: producerId } } of sources) {
        await from.pipeToRouter({ producerId, router: to, ...options });
        expected.push(await consume(to, producerId));
      }
      const decoded = await receive(expected, { video: 30, audio: 100 }, () => {
        for (const { consumer } of expected) consumer.resume();
      });
      assert.deepEqual(decoded, {
        videoFrames: 30,
        audioFrames: 100,
        dimensions: `${vp8.width}x${vp8.height}`,
      });
      for (const { consumer } of expected) {
        const [, inbound] = await consumer.getStats();
        assert.equal(inbound.packetsLost, 0);
      }
    } finally {
      const ended = once(publisher, "exit");
      publisher.kill("SIGKILL");
      await ended;
      for (const worker of workers) worker.close();
    }
  });
}

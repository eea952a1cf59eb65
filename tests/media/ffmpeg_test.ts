/** ffmpeg sends to one pair of plain transports, and another ffmpeg decodes what comes out. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { test } from "node:test";
import { createWorker, type types } from "../../mod.ts";
import { type Expected, freePortPair, opus, publish, receive, vp8 } from "../support/ffmpeg.ts";

const mediaCodecs: types.RouterRtpCodecCapability[] = [
  { kind: "audio", mimeType: "audio/opus", clockRate: 48000, channels: 2 },
  { kind: "video", mimeType: "video/VP8", clockRate: 90000 },
];

const cryptoSuite = "AES_CM_128_HMAC_SHA1_80";
/** Of the publisher, and of the receiver for its RTCP: 16 bytes of key, 14 of salt. */
const publisherKey = Buffer.alloc(30, "publisher's key").toString("base64");
const receiverKey = Buffer.alloc(30, "receiver's key").toString("base64");

for (const enableSrtp of [false, true]) {
  test(`VP8 and Opus over ${enableSrtp ? "SRTP" : "plain RTP"}, from ffmpeg to ffmpeg`, async () => {
    const worker = await createWorker();
    const router = await worker.createRouter({ mediaCodecs });
    const options: types.PlainTransportOptions = {
      listenInfo: { protocol: "udp", ip: "127.0.0.1" },
      rtcpMux: false,
      enableSrtp,
      ...(enableSrtp ? { srtpCryptoSuite: cryptoSuite } : {}),
    };
    const srtpParameters: types.SrtpParameters | undefined = enableSrtp
      ? { cryptoSuite, keyBase64: publisherKey }
      : undefined;

    async function produce(
      kind: types.MediaKind,
      rtpParameters: types.RtpParameters,
    ): Promise<{ transport: types.PlainTransport; producer: types.Producer }> {
      const transport = await router.createPlainTransport({ ...options, comedia: true });
      if (srtpParameters) await transport.connect({ srtpParameters });
      return { transport, producer: await transport.produce({ kind, rtpParameters }) };
    }

    async function consume(producerId: string): Promise<Expected> {
      const transport = await router.createPlainTransport(options);
      const port = await freePortPair();
      await transport.connect({
        ip: "127.0.0.1",
        port,
        rtcpPort: port + 1,
        ...(enableSrtp ? { srtpParameters: { cryptoSuite, keyBase64: receiverKey } } : {}),
      });
      const { rtpCapabilities } = router;
      const consumer = await transport.consume({ producerId, rtpCapabilities, paused: true });
      return { consumer, port, srtp: transport.srtpParameters };
    }

    const video = await produce("video", {
      codecs: [{ mimeType: "video/VP8", payloadType: vp8.payloadType, clockRate: 90000 }],
      encodings: [{ ssrc: vp8.ssrc }],
    });
    const { payloadType } = opus;
    const audio = await produce("audio", {
      codecs: [{ mimeType: "audio/opus", payloadType, clockRate: 48000, channels: 2 }],
      encodings: [{ ssrc: opus.ssrc }],
    });
    const publisher = publish(video.transport, audio.transport, srtpParameters);
    try {
      const expected = [await consume(video.producer.id), await consume(audio.producer.id)];
      const decoded = await receive(expected, { video: 30, audio: 100 }, () => {
        for (const { consumer } of expected) consumer.resume();
      });
      assert.deepEqual(decoded, {
        videoFrames: 30,
        audioFrames: 100,
        dimensions: `${vp8.width}x${vp8.height}`,
      });
      assert.equal(video.transport.tuple.remoteIp, "127.0.0.1");
      const [stats] = await video.producer.getStats();
      assert.equal(stats.packetsLost, 0);
    } finally {
      const ended = once(publisher, "exit");
      publisher.kill("SIGKILL");
      await ended;
      worker.close();
    }
  });
}

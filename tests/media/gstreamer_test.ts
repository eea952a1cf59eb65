/** GStreamer sends to plain transports, and another GStreamer decodes what comes out of others. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { test } from "node:test";
import { createWorker, type types } from "../../mod.ts";
import { freePortPair } from "../support/ffmpeg.ts";
import { type Expected, opus, publish, receive, vp8 } from "../support/gstreamer.ts";

const sound = { clockRate: 48000, channels: 2 };
const mediaCodecs: types.RouterRtpCodecCapability[] = [
  { kind: "audio", mimeType: "audio/opus", ...sound },
  { kind: "audio", mimeType: "audio/red", ...sound },
  { kind: "video", mimeType: "video/VP8", clockRate: 90000 },
];

const video: types.RtpParameters = {
  codecs: [{ mimeType: "video/VP8", payloadType: vp8.payloadType, clockRate: 90000 }],
  encodings: [{ ssrc: vp8.ssrc }],
};
const audio: types.RtpParameters = {
  codecs: [
    { mimeType: "audio/opus", payloadType: opus.payloadType, ...sound },
    { mimeType: "audio/red", payloadType: opus.redPayloadType, ...sound },
  ],
  encodings: [{ ssrc: opus.ssrc }],
};

interface Case {
  what: string;
  cryptoSuite?: types.SrtpCryptoSuite;
  keyBytes?: number;
  /** How the two routers are joined; without it there is one. */
  pipe?: Partial<types.PipeToRouterOptions>;
  /** Whether the sender's sound is redundant, and whether the receiver takes it so. */
  red?: { sent: boolean; received: boolean };
}

const cases: Case[] = [
  { what: "plain RTP" },
  { what: "SRTP, AES-CM", cryptoSuite: "AES_CM_128_HMAC_SHA1_80", keyBytes: 30 },
  { what: "SRTP, AES-GCM", cryptoSuite: "AEAD_AES_256_GCM", keyBytes: 44 },
  { what: "a link between two workers", pipe: {} },
  { what: "a pipe over SRTP with RTX", pipe: { enableSrtp: true, enableRtx: true } },
  { what: "redundant sound", red: { sent: true, received: true } },
  { what: "redundant sound, opened on its way", pipe: {}, red: { sent: true, received: false } },
];

for (const { what, cryptoSuite, keyBytes, pipe, red } of cases) {
  test(`VP8 and Opus from GStreamer to GStreamer: ${what}`, async () => {
    const workers = [await createWorker(), await createWorker()];
    const [from, to] = await Promise.all(workers.map((it) => it.createRouter({ mediaCodecs })));
    const options: types.PlainTransportOptions = {
      listenInfo: { protocol: "udp", ip: "127.0.0.1" },
      ...(cryptoSuite && { enableSrtp: true, srtpCryptoSuite: cryptoSuite }),
    };
    const keyOf = (fill: string): types.SrtpParameters | undefined =>
      cryptoSuite && { cryptoSuite, keyBase64: Buffer.alloc(keyBytes!, fill).toString("base64") };
    const secret = keyOf("publisher's key");

    async function ingress(
      kind: types.MediaKind,
      rtpParameters: types.RtpParameters,
    ): Promise<{ transport: types.PlainTransport; producer: types.Producer }> {
      const transport = await from.createPlainTransport({ ...options, comedia: true });
      if (secret) await transport.connect({ srtpParameters: secret });
      return { transport, producer: await transport.produce({ kind, rtpParameters }) };
    }

    async function egress(producer: types.Producer): Promise<Expected> {
      const router = pipe ? to : from;
      if (pipe) await from.pipeToRouter({ producerId: producer.id, router: to, ...pipe } as never);
      const transport = await router.createPlainTransport(options);
      const port = await freePortPair();
      const srtpParameters = keyOf("receiver's key");
      await transport.connect({ ip: "127.0.0.1", port, ...(srtpParameters && { srtpParameters }) });
      const codecs = router.rtpCapabilities.codecs!
        .filter(({ mimeType }) => red?.received || mimeType !== "audio/red");
      const consumer = await transport.consume({
        producerId: producer.id,
        rtpCapabilities: { codecs },
        paused: true,
      });
      return { consumer, port, srtp: transport.srtpParameters };
    }

    const sources = [await ingress("video", video), await ingress("audio", audio)];
    const publisher = publish(sources[0].transport, sources[1].transport, {
      srtp: secret,
      red: red?.sent,
    });
    try {
      const expected = [await egress(sources[0].producer), await egress(sources[1].producer)];
      await receive(expected, { video: 50, audio: 100 }, () => {
        for (const { consumer } of expected) consumer.resume();
      });
      for (const { producer } of sources) {
        const [stats] = await producer.getStats();
        assert.equal(stats.packetsLost, 0);
      }
      for (const worker of workers) {
        assert.equal((await worker.dump()).counters.drop_red_malformed, 0);
      }
    } finally {
      const ended = once(publisher, "exit");
      publisher.kill("SIGKILL");
      await ended;
      for (const worker of workers) worker.close();
    }
  });
}

/** Each codec of the capability table, from a sender with payload types of its own to a receiver. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import { createWorker, getSupportedRtpCapabilities } from "../../mod.ts";
import type { RouterRtpCodecCapability } from "../../sfu/types.ts";
import { Endpoint } from "./media_scene.ts";
import { writeRtp } from "./rtp.ts";
import { udpInfo } from "./support.ts";

/** How a key frame begins, for the codecs that have them. */
const keyFrames: Record<string, number[]> = {
  // RFC 7741, 4.2 and 4.3: S, then P inverted.
  "video/VP8": [0x10, 0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xf0, 0x00, 0, 0],
  // RFC 9628, 4.2: B and E, not P.
  "video/VP9": [0x0c, 0x82, 0x49, 0x83, 0x42, 0],
  // RFC 6184, 5.2: a sequence parameter set.
  "video/H264": [0x67, 0x42, 0xe0, 0x1f, 0],
  // RFC 7798, 4.4.1: a video parameter set.
  "video/H265": [0x40, 0x01, 0x0c, 0x01, 0],
  // AV1 RTP, 4.4: W is 1, N; then a sequence header.
  "video/AV1": [0x18, 0x08, 0x00, 0x00, 0x00],
};

const opus: RouterRtpCodecCapability = {
  kind: "audio",
  mimeType: "audio/opus",
  clockRate: 48000,
  channels: 2,
};
const companions = ["audio/red", "audio/CN", "audio/telephone-event"];

test("every codec of the table reaches a consumer under the router's payload type", async () => {
  const worker = await createWorker();
  const sender = new Endpoint();
  const receiver = new Endpoint();
  try {
    await sender.open();
    const port = await receiver.open();
    const { codecs = [] } = getSupportedRtpCapabilities();
    assert(codecs.length >= 27);
    for (const [index, codec] of codecs.entries()) {
      const { kind, mimeType, clockRate, channels, parameters } = codec;
      const what = `${mimeType}/${clockRate}/${channels}`;
      const isCompanion = companions.includes(mimeType);
      const router = await worker.createRouter({
        mediaCodecs: [...(isCompanion ? [opus] : []), codec],
      });
      const ingress = await router.createPlainTransport({ listenInfo: udpInfo, comedia: true });
      const sent = { mimeType, clockRate, channels, payloadType: 35, parameters };
      const producer = await ingress.produce({
        kind,
        rtpParameters: {
          codecs: [...(isCompanion ? [{ ...opus, payloadType: 36 }] : []), sent],
          encodings: [{ ssrc: 1000 + index }],
        },
      });
      const egress = await router.createPlainTransport({ listenInfo: udpInfo });
      await egress.connect({ ip: "127.0.0.1", port });
      const { rtpCapabilities } = router;
      const consumer = await egress.consume({ producerId: producer.id, rtpCapabilities });
      const payload = mimeType === "audio/red"
        ? Buffer.from([36, 0x78, 1])
        : Buffer.from(keyFrames[mimeType] ?? [0x78, 1, 2, 3]);
      await sender.send(
        writeRtp({ payloadType: 35, sequenceNumber: 1, timestamp: 0, ssrc: 1000 + index, payload }),
        ingress,
      );
      await receiver.count(index + 1);
      const [got] = receiver.received.slice(-1);
      const expected = consumer.rtpParameters.codecs.find((it) => it.mimeType === mimeType)!;
      assert.equal(got.payloadType, expected.payloadType, what);
      assert.equal(got.ssrc, consumer.rtpParameters.encodings![0].ssrc, what);
      assert.equal(got.payload.length, payload.length, what);
      router.close();
    }
  } finally {
    sender.close();
    receiver.close();
    worker.close();
  }
});

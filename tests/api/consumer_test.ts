import assert from "node:assert/strict";
import { test } from "node:test";
import type { Consumer, RtpParameters } from "../../sfu/types.ts";
import {
  assertTypeErrors,
  audioOptions,
  consumeNew,
  consumerCapabilities,
  mediaCodecs,
  notFound,
  udpInfo,
  unsupported,
  uselessCapabilities,
  videoOptions,
  withScene,
  wrong,
} from "./support.ts";

test(
  "consume() makes an audio consumer",
  withScene(async ({ router, transport }) => {
    const producer = await transport.produce(audioOptions());
    const receiver = await router.createWebRtcTransport({ listenInfos: [udpInfo] });
    const seen: Consumer[] = [];
    receiver.observer.on("newconsumer", (consumer) => seen.push(consumer));
    const consumer = await receiver.consume({
      producerId: producer.id,
      rtpCapabilities: consumerCapabilities,
      appData: { baz: "LOL" },
    });
    assert.deepEqual(seen, [consumer]);
    assert.match(consumer.id, /^[0-9a-f-]{36}$/);
    assert.equal(consumer.producerId, producer.id);
    assert.equal(consumer.closed, false);
    assert.equal(consumer.kind, "audio");
    assert.equal(consumer.type, "simple");
    assert.equal(consumer.paused, false);
    assert.equal(consumer.producerPaused, false);
    assert.equal(consumer.priority, 1);
    assert.equal(consumer.score.score, 10);
    assert.equal(consumer.preferredLayers, undefined);
    assert.equal(consumer.currentLayers, undefined);
    assert.deepEqual(consumer.appData, { baz: "LOL" });
    const { mid, codecs, encodings, rtcp } = consumer.rtpParameters;
    assert.equal(mid, "0");
    assert.equal(codecs.length, 1);
    assert.equal(codecs[0].mimeType, "audio/opus");
    assert.equal(codecs[0].payloadType, 100);
    // Without enableRtx audio is not repaired.
    assert.deepEqual(codecs[0].rtcpFeedback, []);
    assert.equal(encodings?.length, 1);
    assert.equal(encodings?.[0].rtx, undefined);
    assert.equal(rtcp?.cname, "FOOBAR");
  }),
);

/** A transport as it asks the engine for a consumer, with SSRCs that were drawn. */
interface Asking {
  call(method: number, request: { rtpParameters: RtpParameters }): unknown;
}

test(
  "consume() draws again when an SSRC is taken, and gives up in the end",
  withScene(async ({ router, transport }) => {
    const producer = await transport.produce(audioOptions());
    const receiver = await router.createWebRtcTransport({ listenInfos: [udpInfo] });
    const options = { producerId: producer.id, rtpCapabilities: consumerCapabilities };
    const ssrcOf = ({ rtpParameters }: { rtpParameters: RtpParameters }): number | undefined =>
      rtpParameters.encodings?.[0].ssrc;
    const first = await receiver.consume(options);

    let unlucky = 3;
    let draws = 0;
    const asking = receiver as unknown as Asking;
    const ask = asking.call.bind(asking);
    asking.call = (method, request) => {
      if (draws++ < unlucky) request.rtpParameters.encodings![0].ssrc = ssrcOf(first);
      return ask(method, request);
    };
    const second = await receiver.consume(options);
    assert.equal(draws, 4);
    assert.notEqual(ssrcOf(second), ssrcOf(first));
    assert.deepEqual([first, second].map(({ rtpParameters }) => rtpParameters.mid), ["0", "1"]);

    unlucky = Infinity;
    await assert.rejects(receiver.consume(options), /SSRC \d+ is that of another stream/);
  }),
);

test(
  "consume() makes a video consumer with RTX",
  withScene(async (scene) => {
    const { consumer } = await consumeNew(scene, videoOptions(), { paused: true });
    assert.equal(consumer.paused, true);
    const { codecs, encodings, headerExtensions } = consumer.rtpParameters;
    assert.deepEqual(codecs.map(({ mimeType }) => mimeType), ["video/VP8", "video/rtx"]);
    const [{ ssrc, rtx }] = encodings ?? [];
    assert.equal(rtx?.ssrc, (ssrc ?? 0) + 1);
    assert.deepEqual(headerExtensions?.map(({ uri, id }) => [uri, id]), [
      ["urn:ietf:params:rtp-hdrext:sdes:mid", 1],
      ["urn:3gpp:video-orientation", 8],
    ]);
    const dump = await consumer.dump();
    assert.equal(dump.id, consumer.id);
    assert.equal(dump.producerId, consumer.producerId);
    assert.equal(dump.kind, "video");
    assert.equal(dump.type, "simple");
    assert.equal(dump.paused, true);
    assert.equal(dump.producerPaused, false);
    assert.equal(dump.priority, 1);
    assert.deepEqual(dump.traceEventTypes, []);
    assert.deepEqual(dump.supportedCodecPayloadTypes, [101]);
    assert.equal(dump.rtpParameters.codecs[0].payloadType, 101);
    assert(dump.consumableRtpEncodings?.length === 1);
    assert("rtpStream" in dump);
    assert.equal(dump.rtpStream.params.ssrc, ssrc);
    assert.equal(dump.rtpStream.params.rtxSsrc, rtx?.ssrc);
    assert.equal(dump.rtpStream.params.payloadType, 101);
  }),
);

test(
  "enableRtx decides about repair against the default of the kind",
  withScene(async (scene) => {
    const { consumer: audio } = await consumeNew(scene, audioOptions(), { enableRtx: true });
    assert.deepEqual(audio.rtpParameters.codecs[0].rtcpFeedback, [{ type: "nack", parameter: "" }]);
    const { consumer: video } = await consumeNew(scene, videoOptions(), { enableRtx: false });
    assert.deepEqual(video.rtpParameters.codecs.map(({ mimeType }) => mimeType), ["video/VP8"]);
    assert.equal(video.rtpParameters.encodings?.[0].rtx, undefined);
  }),
);

test(
  "MIDs count up in each transport unless they are given",
  withScene(async ({ router, transport }) => {
    const { id: producerId } = await transport.produce(audioOptions());
    const receiver = await router.createWebRtcTransport({ listenInfos: [udpInfo] });
    const mids: (string | undefined)[] = [];
    for (const mid of [undefined, "x", undefined, undefined]) {
      const options = { producerId, rtpCapabilities: consumerCapabilities, mid };
      mids.push((await receiver.consume(options)).rtpParameters.mid);
    }
    await assert.rejects(
      receiver.consume({ producerId, rtpCapabilities: uselessCapabilities }),
      unsupported,
    );
    const last = await receiver.consume({ producerId, rtpCapabilities: consumerCapabilities });
    assert.deepEqual([...mids, last.rtpParameters.mid], ["0", "x", "1", "2", "3"]);
  }),
);

test(
  "every consumer of a producer has SSRCs of its own",
  withScene(async ({ router, transport }) => {
    const { id: producerId } = await transport.produce(videoOptions());
    const receiver = await router.createWebRtcTransport({ listenInfos: [udpInfo] });
    const ssrcs = new Set<number | undefined>();
    for (let i = 0; i < 50; ++i) {
      const { rtpParameters } = await receiver.consume({
        producerId,
        rtpCapabilities: consumerCapabilities,
      });
      const [{ ssrc, rtx }] = rtpParameters.encodings ?? [];
      assert.equal(rtx?.ssrc, (ssrc ?? 0) + 1);
      ssrcs.add(ssrc).add(rtx?.ssrc);
    }
    assert.equal(ssrcs.size, 100);
    assert.equal((await receiver.dump()).mapRtxSsrcConsumerId.length, 50);
  }),
);

test(
  "consume() leaves what it is given alone, and gives copies",
  withScene(async (scene) => {
    const given = structuredClone(consumerCapabilities);
    const { consumer } = await consumeNew(scene, videoOptions(), { rtpCapabilities: given });
    assert.deepEqual(given, consumerCapabilities);
    const parameters = consumer.rtpParameters;
    parameters.codecs[0].payloadType = 1;
    const { consumer: second } = await consumeNew(scene, audioOptions(), {
      rtpCapabilities: given,
    });
    assert.equal(consumer.rtpParameters.codecs[0].payloadType, 101);
    assert.equal(second.rtpParameters.codecs[0].payloadType, 100);
  }),
);

test(
  "consume() refuses wrong options",
  withScene(async ({ router, transport }) => {
    const { id: producerId } = await transport.produce(audioOptions());
    const receiver = await router.createWebRtcTransport({ listenInfos: [udpInfo] });
    const bad = (options: unknown): () => Promise<unknown> => () =>
      receiver.consume(wrong(options));
    const more = (options: object): () => Promise<unknown> =>
      bad({ producerId, rtpCapabilities: consumerCapabilities, ...options });
    const codec = (change: object): () => Promise<unknown> =>
      more({
        rtpCapabilities: { codecs: [{ ...consumerCapabilities.codecs?.[0], ...change }] },
      });
    await assertTypeErrors([
      ["nothing", bad(undefined), /options/],
      ["no producerId", bad({ rtpCapabilities: consumerCapabilities }), /missing producerId/],
      ["producerId", more({ producerId: 1 }), /missing producerId/],
      ["no capabilities", more({ rtpCapabilities: undefined }), /rtpCapabilities/],
      ["capabilities", more({ rtpCapabilities: "x" }), /rtpCapabilities/],
      ["codecs", more({ rtpCapabilities: { codecs: {} } }), /codecs/],
      ["mimeType", codec({ mimeType: 1 }), /mimeType/],
      ["payload type", codec({ preferredPayloadType: "1" }), /preferredPayloadType/],
      ["clockRate", codec({ clockRate: undefined }), /clockRate/],
      ["clockRate NaN", codec({ clockRate: NaN }), /clockRate/],
      ["mid", more({ mid: 1 }), /mid must be non empty string/],
      ["mid empty", more({ mid: "" }), /mid must be non empty string/],
      ["mid long", more({ mid: "x".repeat(33) }), /mid/],
      ["paused", more({ paused: 1 }), /paused/],
      ["ignoreDtx", more({ ignoreDtx: 1 }), /ignoreDtx/],
      ["pipe", more({ pipe: 1 }), /pipe/],
      ["enableRtx", more({ enableRtx: 1 }), /enableRtx/],
      ["preferredLayers", more({ preferredLayers: 1 }), /preferredLayers/],
      ["spatialLayer", more({ preferredLayers: {} }), /spatialLayer/],
      ["spatialLayer NaN", more({ preferredLayers: { spatialLayer: NaN } }), /spatialLayer/],
      [
        "temporalLayer",
        more({ preferredLayers: { spatialLayer: 0, temporalLayer: "x" } }),
        /temporalLayer/,
      ],
      ["appData", more({ appData: "x" }), /appData/],
    ]);
    await assert.rejects(more({ producerId: "nobody" }), notFound);
    await assert.rejects(more({ rtpCapabilities: uselessCapabilities }), unsupported);
    assert.deepEqual((await receiver.dump()).consumerIds, []);
  }),
);

test(
  "a producer of another router is not found",
  withScene(async ({ worker, transport }) => {
    const { id: producerId } = await transport.produce(audioOptions());
    const router = await worker.createRouter({ mediaCodecs });
    const receiver = await router.createWebRtcTransport({ listenInfos: [udpInfo] });
    await assert.rejects(
      receiver.consume({ producerId, rtpCapabilities: consumerCapabilities }),
      notFound,
    );
  }),
);

import assert from "node:assert/strict";
import { test } from "node:test";
import * as sluice from "../../mod.ts";
import type { Consumer } from "../../sfu/types.ts";
import {
  assertTypeErrors,
  audioOptions,
  consumeNew,
  consumerCapabilities,
  mediaCodecs,
  next,
  notFound,
  record,
  settle,
  udpInfo,
  unsupported,
  uselessCapabilities,
  videoOptions,
  withScene,
  workerClosed,
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

test(
  "pause() and resume() tell the observer when sending stops or goes on",
  withScene(async (scene) => {
    const { producer, consumer } = await consumeNew(scene);
    const log: string[] = [];
    record(log, "consumer", consumer, ["producerpause", "producerresume"]);
    record(log, "observer", consumer.observer, ["pause", "resume"]);
    await consumer.pause();
    await consumer.pause();
    assert.equal(consumer.paused, true);
    assert.equal((await consumer.dump()).paused, true);
    await consumer.resume();
    await consumer.resume();
    assert.equal(consumer.paused, false);
    assert.deepEqual(log.splice(0), ["observer:pause", "observer:resume"]);

    const paused = next(consumer, "producerpause");
    await producer.pause();
    await paused;
    assert.equal(consumer.producerPaused, true);
    assert.equal(consumer.paused, false);
    assert.deepEqual(log.splice(0), ["consumer:producerpause", "observer:pause"]);

    // It is the producer that holds it back: nothing changes for the observer.
    await consumer.pause();
    await consumer.resume();
    assert.deepEqual(log.splice(0), []);

    const resumed = next(consumer, "producerresume");
    await producer.resume();
    await resumed;
    assert.equal(consumer.producerPaused, false);
    assert.deepEqual(log.splice(0), ["consumer:producerresume", "observer:resume"]);
  }),
);

test(
  "a consumer of a paused producer knows it at once",
  withScene(async (scene) => {
    const { consumer } = await consumeNew(scene, { ...audioOptions(), paused: true });
    assert.equal(consumer.producerPaused, true);
    assert.equal((await consumer.dump()).producerPaused, true);
  }),
);

test(
  "setPreferredLayers() does nothing for a simple consumer but check",
  withScene(async (scene) => {
    const { consumer } = await consumeNew(scene, videoOptions());
    await consumer.setPreferredLayers({ spatialLayer: 1, temporalLayer: 1 });
    await consumer.setPreferredLayers({ spatialLayer: 0 });
    assert.equal(consumer.preferredLayers, undefined);
    const set = (layers: unknown): () => Promise<void> => () =>
      consumer.setPreferredLayers(wrong(layers));
    await assertTypeErrors([
      ["nothing", set(undefined), /preferredLayers/],
      ["empty", set({}), /spatialLayer must be a number/],
      ["spatialLayer", set({ spatialLayer: "1" }), /spatialLayer must be a number/],
      ["negative", set({ spatialLayer: -1 }), /spatialLayer/],
      ["fraction", set({ spatialLayer: 0.5 }), /spatialLayer/],
      ["large", set({ spatialLayer: 256 }), /spatialLayer/],
      ["temporalLayer", set({ spatialLayer: 0, temporalLayer: "1" }), /temporalLayer must be/],
      ["temporalLayer NaN", set({ spatialLayer: 0, temporalLayer: NaN }), /temporalLayer/],
    ]);
  }),
);

test(
  "setPriority() takes 1 to 255 and unsetPriority() goes back to 1",
  withScene(async (scene) => {
    const { consumer } = await consumeNew(scene, videoOptions());
    await consumer.setPriority(255);
    assert.equal(consumer.priority, 255);
    assert.equal((await consumer.dump()).priority, 255);
    await consumer.unsetPriority();
    assert.equal(consumer.priority, 1);
    for (const priority of [0, -1, NaN, "1", undefined, null, 1.5, 256]) {
      await assertTypeErrors([[
        String(priority),
        () => consumer.setPriority(wrong(priority)),
        /priority/,
      ]]);
    }
    assert.equal(consumer.priority, 1);
  }),
);

test(
  "requestKeyFrame() answers for every kind of consumer",
  withScene(async (scene) => {
    const { consumer: audio } = await consumeNew(scene);
    const { consumer: video } = await consumeNew(scene, videoOptions());
    await audio.requestKeyFrame();
    await video.requestKeyFrame();
    await video.pause();
    await video.requestKeyFrame();
  }),
);

test(
  "enableTraceEvent() keeps the types that it knows",
  withScene(async (scene) => {
    const { consumer } = await consumeNew(scene, videoOptions());
    const types = async (): Promise<string[]> => (await consumer.dump()).traceEventTypes.toSorted();
    await consumer.enableTraceEvent(["rtp", "pli"]);
    assert.deepEqual(await types(), ["pli", "rtp"]);
    await consumer.enableTraceEvent(wrong(["nack", "sr", "chicken"]));
    assert.deepEqual(await types(), ["nack"]);
    await consumer.enableTraceEvent();
    assert.deepEqual(await types(), []);
    await assertTypeErrors([
      ["no array", () => consumer.enableTraceEvent(wrong("rtp")), /types must be an array/],
      ["no text", () => consumer.enableTraceEvent(wrong([1])), /every type must be a string/],
    ]);
  }),
);

test(
  "getStats() tells what was sent",
  withScene(async (scene) => {
    const { consumer } = await consumeNew(scene, videoOptions());
    const [stats] = await consumer.getStats();
    assert.equal(stats.type, "outbound-rtp");
    assert.equal(stats.kind, "video");
    assert.equal(stats.mimeType, "video/VP8");
    assert.equal(stats.ssrc, consumer.rtpParameters.encodings?.[0].ssrc);
    assert.equal(stats.packetCount, 0);
    assert.equal(stats.byteCount, 0);
    assert.equal(stats.bitrate, 0);
    assert.equal(stats.packetsLost, 0);
    assert.equal(stats.pliCount, 0);
  }),
);

test(
  "producerclose comes once the producer closed",
  withScene(async (scene) => {
    const { producer, consumer, receiver } = await consumeNew(scene);
    const log: string[] = [];
    record(log, "consumer", consumer, ["producerclose", "transportclose"]);
    record(log, "observer", consumer.observer, ["close"]);
    const closed = next(consumer.observer, "close");
    producer.close();
    await closed;
    await settle();
    assert.equal(consumer.closed, true);
    assert.deepEqual(log, ["consumer:producerclose", "observer:close"]);
    assert.deepEqual((await receiver.dump()).consumerIds, []);
    await assert.rejects(consumer.pause(), notFound);
    receiver.close();
    assert.deepEqual(log.length, 2);
  }),
);

test(
  "a consumer closes with the producer's transport, too",
  withScene(async (scene) => {
    const { consumer } = await consumeNew(scene);
    const closed = next(consumer, "producerclose");
    scene.transport.close();
    await closed;
    assert.equal(consumer.closed, true);
  }),
);

test(
  "close() is told once and takes the consumer out of everything",
  withScene(async (scene) => {
    const { producer, consumer, receiver } = await consumeNew(scene);
    const log: string[] = [];
    record(log, "consumer", consumer, ["producerclose", "transportclose"]);
    record(log, "observer", consumer.observer, ["close"]);
    consumer.close();
    consumer.close();
    producer.close();
    receiver.close();
    await settle();
    assert.equal(consumer.closed, true);
    assert.deepEqual(log, ["observer:close"]);
    assert.deepEqual((await scene.router.dump()).mapConsumerIdProducerId, []);
    for (
      const call of [
        () => consumer.dump(),
        () => consumer.getStats(),
        () => consumer.pause(),
        () => consumer.resume(),
        () => consumer.setPreferredLayers({ spatialLayer: 0 }),
        () => consumer.setPriority(2),
        () => consumer.requestKeyFrame(),
        () => consumer.enableTraceEvent(),
      ]
    ) await assert.rejects(call, notFound, call.toString());
  }),
);

test("with the worker closed a consumer rejects with WorkerClosedError", async () => {
  const worker = await sluice.createWorker();
  const router = await worker.createRouter({ mediaCodecs });
  const transport = await router.createWebRtcTransport({ listenInfos: [udpInfo] });
  const { consumer } = await consumeNew({ worker, router, transport });
  worker.close();
  assert.equal(consumer.closed, true);
  await assert.rejects(consumer.dump(), workerClosed);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  assertTypeErrors,
  audioOptions,
  consumeNew,
  eventsDelivered,
  next,
  notFound,
  record,
  videoOptions,
  withScene,
  wrong,
} from "./support.ts";

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
    await eventsDelivered(scene.router);
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
    await eventsDelivered(scene.router);
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

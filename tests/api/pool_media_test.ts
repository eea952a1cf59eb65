/** Media from one worker of a pool to consumers and observers on all of them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type {
  ActiveSpeakerObserverDominantSpeaker,
  AudioLevelObserverVolume,
} from "../../sfu/types.ts";
import { Microphones } from "./microphones.ts";
import { Flow } from "./pipe_flow.ts";
import { apart, sizes, withPool, workerOf } from "./pool_scene.ts";
import { assertTypeErrors, audioOptions, next, notFound, videoOptions, wrong } from "./support.ts";

test(
  "every packet reaches consumers on all workers, once and in order, and late ones get a key frame",
  withPool(async (scene) => {
    const { pool, router } = scene;
    const flow = await Flow.open(router);
    try {
      for (let i = 0; i < 5; ++i) await flow.addReceiver(router, flow.producer.id);
      const workers = new Set<unknown>();
      for (const consumer of flow.consumers) workers.add(await workerOf(pool, consumer));
      assert.equal(workers.size, 3);
      await flow.pass(500);
      flow.assertComplete();
      for (const consumer of flow.consumers) {
        assert.deepEqual(consumer.score, { score: 10, producerScore: 10, producerScores: [10] });
      }
      const asked = flow.keyFrameRequests;
      await flow.addReceiver(router, flow.producer.id);
      await flow.keyFrameRequested(asked);
      const [, { packetCount }] = await flow.consumers[1].getStats();
      assert.equal(packetCount, 500);
    } finally {
      flow.close();
    }
  }, 3),
);

test(
  "traces of the original producer tell what consumers on another worker ask for",
  withPool(async (scene) => {
    const { pool, router } = scene;
    const flow = await Flow.open(router);
    try {
      await flow.addReceiver(router, flow.producer.id);
      const [consumer] = flow.consumers;
      assert.notEqual(await workerOf(pool, consumer), await workerOf(pool, flow.ingress));
      await flow.pass(10);
      await flow.producer.enableTraceEvent(["pli"]);
      const traced = next(flow.producer, "trace");
      await consumer.requestKeyFrame();
      const [{ type }] = await traced as [{ type: string }];
      assert.equal(type, "pli");
    } finally {
      flow.close();
    }
  }),
);

test(
  "observers hear producers of every worker, and tell of the application's own",
  withPool(async (scene) => {
    const { pool, router } = scene;
    const microphones = [await Microphones.open(router), await Microphones.open(router)];
    try {
      const anna = await microphones[0].produce();
      const bert = await microphones[1].produce();
      assert.notEqual(await workerOf(pool, anna), await workerOf(pool, bert));
      const before = await sizes(pool);
      const levels = await router.createAudioLevelObserver({ interval: 250, maxEntries: 2 });
      const speaker = await router.createActiveSpeakerObserver({ interval: 100 });
      for (const observer of [levels, speaker]) {
        for (const { id } of [anna, bert]) await observer.addProducer({ producerId: id });
      }
      microphones[0].set(-20);
      microphones[1].set(-40);
      let volumes: AudioLevelObserverVolume[] = [];
      while (volumes.length < 2) {
        [volumes] = await next(levels, "volumes") as [AudioLevelObserverVolume[]];
      }
      assert.deepEqual(volumes, [
        { producer: anna, volume: -20 },
        { producer: bert, volume: -40 },
      ]);
      for (const [quiet, loud, producer] of [[0, 1, bert], [1, 0, anna]] as const) {
        microphones[quiet].set(-127);
        microphones[loud].set(-10);
        let dominant;
        while (dominant !== producer) {
          const [told] = await next(speaker, "dominantspeaker");
          dominant = (told as ActiveSpeakerObserverDominantSpeaker).producer;
        }
      }
      // Observing alone holds the pipes, and lets go of them.
      await levels.removeProducer({ producerId: bert.id });
      await levels.removeProducer({ producerId: bert.id });
      levels.close();
      speaker.close();
      const pair = before.map((size) => size + 1);
      assert.deepEqual(await sizes(pool), pair);
    } finally {
      for (const it of microphones) it.close();
    }
  }),
);

test(
  "an observer of a pool refuses what others do, and pauses as they do",
  withPool(async (scene) => {
    const { router } = scene;
    const { here, there } = await apart(scene);
    const { id: producerId } = await here.produce(audioOptions());
    const video = await there.produce(videoOptions());
    const levels = await router.createAudioLevelObserver({ appData: { a: 1 } });
    const speaker = await router.createActiveSpeakerObserver();
    assert.deepEqual([levels.type, speaker.type], ["audiolevel", "activespeaker"]);
    await assertTypeErrors([
      ["entries", () => router.createAudioLevelObserver({ maxEntries: 0 }), /maxEntries/],
      ["interval", () => router.createActiveSpeakerObserver({ interval: -1 }), /interval/],
      ["options", () => router.createAudioLevelObserver(wrong(1)), /options/],
      ["nobody", () => levels.addProducer(wrong({})), /producerId/],
      ["video", () => levels.addProducer({ producerId: video.id }), /producerId/],
      ["appData", () => void (levels.appData = wrong(1)), /appData/],
    ]);
    await assert.rejects(levels.addProducer({ producerId: "nobody" }), notFound);
    await speaker.addProducer({ producerId });
    await assert.rejects(speaker.addProducer({ producerId }), Error);
    const told: string[] = [];
    for (const event of ["pause", "resume", "addproducer", "close"] as const) {
      levels.observer.on(event, () => told.push(event));
    }
    await levels.addProducer({ producerId });
    await levels.pause();
    await levels.pause();
    assert.equal(levels.paused, true);
    await levels.resume();
    assert.deepEqual((await router.dump()).rtpObserverIds.length, 2);
    levels.close();
    assert.deepEqual(told, ["addproducer", "pause", "resume", "close"]);
    await assert.rejects(levels.addProducer({ producerId }), notFound);
  }),
);

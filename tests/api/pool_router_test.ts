/** A router that spans two workers, and how it looks to an application. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as sluice from "../../mod.ts";
import type { Consumer, Transport } from "../../sfu/types.ts";
import { apart, idsOf, sizes, transportIds, withPool, workerOf } from "./pool_scene.ts";
import {
  assertTypeErrors,
  audioOptions,
  consumerCapabilities as rtpCapabilities,
  mediaCodecs,
  next,
  notFound,
  udpInfo,
  unsupported,
  uselessCapabilities,
  videoOptions,
  wrong,
} from "./support.ts";

test(
  "transports of every kind go to the worker with the least to do",
  withPool(async ({ pool, router }) => {
    const told: Transport[] = [];
    router.observer.on("newtransport", (transport) => told.push(transport));
    const listenInfos = [udpInfo];
    const transports = [
      await router.createWebRtcTransport({ listenInfos, appData: { n: 1 } }),
      await router.createPlainTransport({ listenInfo: udpInfo }),
      await router.createPipeTransport({ listenInfo: udpInfo }),
      await router.createWebRtcTransport({ listenInfos }),
    ];
    assert.deepEqual(told, transports);
    assert.deepEqual(await transportIds(router), idsOf(...transports));
    const places = [];
    for (const transport of transports) {
      places.push(pool.workers.indexOf(await workerOf(pool, transport)));
    }
    assert.deepEqual(places, [0, 1, 0, 1]);
    transports[1].close();
    transports[3].close();
    for (let i = 0; i < 2; ++i) {
      const transport = await router.createWebRtcTransport({ listenInfos });
      assert.equal(await workerOf(pool, transport), pool.workers[1]);
    }
  }),
);

test(
  "a producer is consumed on the other worker as if local, by one pipe, while needed",
  withPool(async (scene) => {
    const { pool, router } = scene;
    const { here, there } = await apart(scene);
    const transports: unknown[] = [];
    router.observer.on("newtransport", (transport) => transports.push(transport));
    const producer = await here.produce({ ...videoOptions(), appData: { who: "anna" } });
    const before = await sizes(pool);
    const { id: producerId } = producer;
    const consumers = await Promise.all(
      [1, 2, 3].map(() => there.consume({ producerId, rtpCapabilities })),
    );
    const local = await here.consume({ producerId, rtpCapabilities });
    for (const consumer of consumers) {
      assert.equal(consumer.producerId, producerId);
      assert.equal(consumer.type, local.type);
      assert.deepEqual(consumer.rtpParameters.codecs, local.rtpParameters.codecs);
      assert.deepEqual(
        consumer.rtpParameters.headerExtensions,
        local.rtpParameters.headerExtensions,
      );
    }
    // A pipe transport at each end, one consumer here and one producer there, and what was asked for.
    assert.deepEqual(await sizes(pool), [before[0] + 3, before[1] + 2 + 3]);
    assert.deepEqual(transports, []);
    const dump = await router.dump();
    assert.deepEqual(dump.transportIds.toSorted(), idsOf(here, there));
    assert.deepEqual(dump.mapProducerIdConsumerIds.map(({ key }) => key), [producerId]);
    const ids = [...consumers, local].map(({ id }) => id).toSorted();
    assert.deepEqual(dump.mapProducerIdConsumerIds[0].values.toSorted(), ids);
    assert.deepEqual(dump.mapConsumerIdProducerId.map(({ key }) => key).toSorted(), ids);

    for (const consumer of consumers.slice(1)) consumer.close();
    assert.deepEqual(await sizes(pool), [before[0] + 3, before[1] + 2 + 1]);
    consumers[0].close();
    assert.deepEqual(await sizes(pool), [before[0] + 2, before[1] + 1], "the pair alone is left");
    await there.consume({ producerId, rtpCapabilities });
    await there.produce(audioOptions());
    there.close();
    assert.equal(producer.closed, false);
    assert.deepEqual(await transportIds(router), [here.id]);
  }),
);

test(
  "pauses and the end of a producer reach consumers on every worker",
  withPool(async (scene) => {
    const { here, there } = await apart(scene);
    const producer = await here.produce(audioOptions());
    const { id: producerId } = producer;
    await producer.pause();
    const consumers: Consumer[] = [];
    for (const transport of [here, there]) {
      consumers.push(await transport.consume({ producerId, rtpCapabilities }));
    }
    const all = (event: string): Promise<unknown> =>
      Promise.all(consumers.map((consumer) => next(consumer, event)));
    assert.deepEqual(consumers.map((consumer) => consumer.producerPaused), [true, true]);
    let told = all("producerresume");
    await producer.resume();
    await told;
    told = all("producerpause");
    await producer.pause();
    await told;
    told = all("producerclose");
    producer.close();
    await told;
    assert.deepEqual(consumers.map((consumer) => consumer.closed), [true, true]);
    const found = there.consume({ producerId, rtpCapabilities });
    await assert.rejects(found, notFound);
    // The same id again, at once.
    const again = await there.produce({ ...audioOptions(), id: producerId });
    assert.equal((await here.consume({ producerId, rtpCapabilities })).producerId, again.id);
  }),
);

test(
  "what a router refuses it refuses on every worker, and leaves no pipe behind",
  withPool(async (scene) => {
    const { pool, router } = scene;
    const { here, there } = await apart(scene);
    const { id: producerId } = await here.produce(audioOptions());
    await assertTypeErrors([
      ["same id", () => there.produce({ ...videoOptions(), id: producerId }), /same id/],
      ["settings", () => sluice.createWorkerPool(wrong(3)), /settings/],
      ["workers", () => sluice.createWorkerPool({ workers: 0 }), /workers/],
      ["too many", () => sluice.createWorkerPool({ workers: 65 }), /workers/],
      ["text", () => sluice.createWorkerPool({ workers: wrong("2") }), /workers/],
      ["log level", () => sluice.createWorkerPool({ logLevel: wrong("loud") }), /logLevel/],
      ["appData", () => sluice.createWorkerPool({ appData: wrong(1) }), /appData/],
      ["options", () => pool.createRouter(wrong("")), /options/],
      ["codecs", () => pool.createRouter({ mediaCodecs: wrong({}) }), /mediaCodecs/],
      ["pool.appData", () => void (pool.appData = wrong(7)), /appData/],
      ["router.appData", () => void (router.appData = wrong(7)), /appData/],
      ["transport", () => router.createPlainTransport(wrong({})), /listenInfo/],
      ["mid", () => there.consume({ producerId, rtpCapabilities, mid: "" }), /mid/],
      [
        "itself",
        () => router.pipeToRouter({ producerId, router }),
        /cannot use this Router/,
      ],
    ]);
    assert.equal(router.canConsume({ producerId, rtpCapabilities }), true);
    assert.equal(router.canConsume({ producerId: "nobody", rtpCapabilities }), false);
    assert.equal(router.canConsume({ producerId, rtpCapabilities: uselessCapabilities }), false);
    const before = await sizes(pool);
    const useless = { producerId, rtpCapabilities: uselessCapabilities };
    await assert.rejects(there.consume(useless), unsupported);
    // The pair of pipe transports may stay.
    assert.deepEqual(await sizes(pool), before.map((size) => size + 1));
    await assert.rejects(there.consume({ producerId: "nobody", rtpCapabilities }), notFound);
    router.updateMediaCodecs([mediaCodecs[1]]);
    await assert.rejects(here.produce(audioOptions(77)), unsupported);
    // What was produced before goes where it has not been yet all the same.
    assert.equal((await there.consume({ producerId, rtpCapabilities })).producerId, producerId);
  }),
);

test(
  "a pool's router is piped from and to, also to another of the pool",
  withPool(async (scene) => {
    const { pool, router } = scene;
    const { here, there } = await apart(scene);
    const producer = await here.produce(audioOptions());
    const { id: producerId } = producer;
    const worker = await sluice.createWorker();
    try {
      const lone = await worker.createRouter({ mediaCodecs });
      const out = await router.pipeToRouter({ producerId, router: lone });
      assert.equal(out.pipeProducer?.id, producerId);
      const from = await lone.createPlainTransport({ listenInfo: udpInfo });
      const video = await from.produce(videoOptions());
      await lone.pipeToRouter({ producerId: video.id, router });
      for (const transport of [here, there]) {
        const consumer = await transport.consume({ producerId: video.id, rtpCapabilities });
        assert.equal(consumer.kind, "video");
      }
      const other = await pool.createRouter({ mediaCodecs });
      await assertTypeErrors([
        ["keepId", () => router.pipeToRouter({ producerId, router: other }), /keepId/],
        ["router", () => router.pipeToRouter({ producerId, router: wrong(pool) }), /router/],
      ]);
      const to = { producerId, router: other, keepId: false };
      const { pipeProducer } = await router.pipeToRouter(to);
      assert(pipeProducer && pipeProducer.id !== producerId);
      assert(other.canConsume({ producerId: pipeProducer.id, rtpCapabilities }));
      const gone = next(pipeProducer.observer, "close");
      producer.close();
      await gone;
      await assert.rejects(router.pipeToRouter({ producerId, router: lone }), notFound);
    } finally {
      worker.close();
    }
  }),
);

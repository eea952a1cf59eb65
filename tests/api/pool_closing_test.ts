/** How pools and their routers end. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { apart, idsOf, sizes, transportIds, withPool } from "./pool_scene.ts";
import {
  audioOptions,
  consumerCapabilities as rtpCapabilities,
  mediaCodecs,
  next,
  notFound,
  record,
  udpInfo,
  workerClosed,
} from "./support.ts";

test(
  "closing cascades: router, then pool",
  withPool(async (scene) => {
    const { pool } = scene;
    const log: string[] = [];
    const open = async (name: string): Promise<void> => {
      const router = await pool.createRouter({ mediaCodecs, appData: { name } });
      const { here, there } = await apart({ pool, router });
      const producer = await here.produce(audioOptions());
      const { id: producerId } = producer;
      const consumer = await there.consume({ producerId, rtpCapabilities });
      const levels = await router.createAudioLevelObserver();
      await levels.addProducer({ producerId });
      record(log, `${name}.router`, router, ["workerclose"]);
      record(log, `${name}.router.observer`, router.observer, ["close"]);
      record(log, `${name}.levels`, levels, ["routerclose"]);
      record(log, `${name}.here`, here, ["routerclose"]);
      record(log, `${name}.producer`, producer, ["transportclose"]);
      record(log, `${name}.there`, there, ["routerclose"]);
      record(log, `${name}.consumer`, consumer, ["transportclose", "producerclose"]);
      record(log, `${name}.pool`, pool.observer, ["close"]);
      if (name === "first") {
        const children = ["levels:routerclose", "producer:transportclose", "here:routerclose"];
        router.close();
        router.close();
        assert.deepEqual(log.filter((entry) => !/there|consumer/.test(entry)), [
          ...children.map((entry) => `first.${entry}`),
          "first.router.observer:close",
        ]);
        assert.equal(consumer.closed, true);
        await assert.rejects(router.createWebRtcTransport({ listenInfos: [udpInfo] }), notFound);
        await assert.rejects(router.dump(), notFound);
      }
    };
    await open("first");
    // The part that closed first took the pipe with it.
    assert.deepEqual(await sizes(pool), [0, 0]);
    log.length = 0;
    await open("second");
    pool.close();
    pool.close();
    assert.deepEqual(log.filter((entry) => !/there|consumer|first/.test(entry)), [
      "second.levels:routerclose",
      "second.producer:transportclose",
      "second.here:routerclose",
      "second.router:workerclose",
      "second.router.observer:close",
      "second.pool:close",
    ]);
    assert.deepEqual([pool.closed, pool.died, pool.workers.length], [true, false, 0]);
    await assert.rejects(pool.createRouter({ mediaCodecs }), workerClosed);
    await assert.rejects(pool.getResourceUsage(), workerClosed);
    await assert.rejects(scene.router.createPlainTransport({ listenInfo: udpInfo }), workerClosed);
  }),
);

test(
  "a worker that is closed by itself leaves the pool, and the last one closes it",
  withPool(async (scene) => {
    const { pool, router } = scene;
    const usage = await pool.getResourceUsage();
    assert(usage.ru_maxrss > 0 && usage.ru_utime + usage.ru_stime >= 0);
    await pool.updateSettings({ logLevel: "none" });
    const { here, there } = await apart(scene);
    const [first, second] = pool.workers;
    const { id: producerId } = await here.produce(audioOptions());
    const consumer = await there.consume({ producerId, rtpCapabilities });
    const told = next(consumer, "producerclose");
    first.close();
    await told;
    assert.deepEqual([here.closed, there.closed, router.closed], [true, false, false]);
    assert.deepEqual(pool.workers, [second]);
    const next_ = await router.createPlainTransport({ listenInfo: udpInfo });
    assert.deepEqual(await transportIds(router), idsOf(there, next_));
    const closed = next(router, "workerclose");
    second.close();
    await closed;
    assert.deepEqual([pool.closed, pool.died, router.closed], [true, false, true]);
  }),
);

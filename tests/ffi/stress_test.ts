import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { EngineWorker, EventType, Method } from "../../ffi/engine_worker.ts";
import { Media } from "./media.ts";
import { eventsUntil, pingNumber, turn, withEngine } from "./support.ts";

interface Dump {
  counters: Record<string, number>;
}

function counters(worker: EngineWorker): Record<string, number> {
  return (worker.call(Method.WORKER_DUMP, 0) as Dump).counters;
}

function packetsOf(worker: EngineWorker, consumer: number): number {
  const [stats] = worker.call(Method.CONSUMER_STATS, consumer) as { packetCount: number }[];
  return stats.packetCount;
}

describe("under stress", () => {
  test(
    "a million events arrive whole and in order, with 200,000 calls and media beside them",
    withEngine(async (worker) => {
      const perCall = 500;
      const bursts = 2000;
      const callsPerBurst = 100;
      const media = await Media.open(worker, 10);
      let wrong = 0;
      let received = 0;
      worker.onEvent((type, _, payload) => {
        const number = pingNumber(type, payload);
        if (number === undefined) return;
        if (number !== received % perCall) wrong += 1;
        received += 1;
      });
      for (let burst = 0; burst < bursts; ++burst) {
        worker.call(Method.WORKER_PING, 0, { events: perCall });
        await media.send();
        for (let call = 1; call < callsPerBurst; ++call) worker.call(Method.WORKER_PING, 0);
        // The ring holds a few bursts: give the reader its turn before it is full.
        while (received < (burst - 3) * perCall) await turn();
      }
      while (received < bursts * perCall) await turn();
      assert.equal(wrong, 0);
      assert.equal(counters(worker).events_dropped, 0);
      assert.equal(media.sent, bursts);
      for (const consumer of media.consumers) {
        while (packetsOf(worker, consumer) < bursts) await turn();
      }
      media.close();
    }),
  );

  test(
    "a ring that overflows loses only what it counts, and goes on after that",
    withEngine(async (worker) => {
      let received = 0;
      let last = -1;
      let wrong = 0;
      worker.onEvent((type, _, payload) => {
        const number = pingNumber(type, payload) ?? NaN;
        if (!(number > last)) wrong += 1;
        last = number;
        received += 1;
      });
      for (let round = 0; round < 20; ++round) {
        last = -1;
        const sent = 20_000;
        const before = { received, dropped: counters(worker).events_dropped };
        worker.call(Method.WORKER_PING, 0, { events: sent });
        const dropped = counters(worker).events_dropped - before.dropped;
        assert.ok(dropped > 0);
        while (received - before.received < sent - dropped) await turn();
        assert.equal(received - before.received, sent - dropped);
      }
      assert.equal(wrong, 0);
    }, { ringBytes: 65_536 }),
  );

  test(
    "a ring that overflows loses no state: the last one of every object arrives, and every end",
    withEngine(async (worker) => {
      const media = await Media.open(worker, 500);
      const paused = new Map(media.consumers.map((id) => [id, false]));
      const ended = new Map<number, number>();
      worker.onEvent((type, target) => {
        if (type === EventType.CONSUMER_PRODUCER_PAUSE) paused.set(target, true);
        if (type === EventType.CONSUMER_PRODUCER_RESUME) paused.set(target, false);
        if (type === EventType.CONSUMER_PRODUCER_CLOSE) {
          ended.set(target, (ended.get(target) ?? 0) + 1);
        }
      });
      // Nobody reads while this runs: all of it has to fit, to wait or to be dropped.
      const overflow = (method: number): void => {
        worker.call(Method.WORKER_PING, 0, { events: 2000 });
        worker.call(method, media.producer);
      };
      for (let round = 0; round < 50; ++round) {
        overflow(Method.PRODUCER_PAUSE);
        overflow(Method.PRODUCER_RESUME);
        const last = round % 2 === 0;
        if (last) overflow(Method.PRODUCER_PAUSE);
        while ([...paused.values()].some((it) => it !== last)) await turn();
      }
      overflow(Method.PRODUCER_CLOSE);
      while (ended.size < media.consumers.length) await turn();
      // What comes after them comes after all of them.
      const arrived = eventsUntil(worker, (count) => count === 1);
      worker.call(Method.WORKER_PING, 0, { events: 1 });
      await arrived;
      assert.deepEqual([...ended.keys()].toSorted(), media.consumers.toSorted());
      assert.deepEqual(new Set(ended.values()), new Set([1]));
      const { events_dropped, events_coalesced } = counters(worker);
      assert.ok(events_dropped > 0 && events_coalesced > 0);
      media.close();
    }, { ringBytes: 65_536 }),
  );

  test("workers are closed while their events pour", async () => {
    const witness = EngineWorker.create();
    for (let round = 0; round < 200; ++round) {
      const worker = EngineWorker.create(
        { ringBytes: 65_536 },
        round % 4 === 3 ? "socket" : "napi",
      );
      worker.onEvent(() => assert.ok(!worker.closed));
      worker.call(Method.WORKER_PING, 0, { events: 500 });
      // Closed before the first event, between events and after many.
      if (round % 3 > 0) await eventsUntil(worker, (count) => count === round);
      worker.close();
    }
    witness.call(Method.WORKER_PING, 0);
    witness.close();
  });

  test("a thousand workers start and stop and leave nothing behind", async () => {
    const before = processUse();
    for (let i = 0; i < 1000; ++i) {
      const worker = EngineWorker.create();
      if (i % 10 === 0) {
        const arrived = eventsUntil(worker, (count) => count === 1);
        worker.call(Method.WORKER_PING, 0, { events: 1 });
        await arrived;
      }
      worker.close();
    }
    const after = processUse();
    // The runtime has threads and descriptors of its own that come and go.
    assert.ok(after.threads - before.threads < 10, JSON.stringify([before, after]));
    assert.ok(after.descriptors - before.descriptors < 10, JSON.stringify([before, after]));
    assert.equal(after.rings, before.rings);
  });
});

function processUse(): { threads: number; descriptors: number; rings: number } {
  const status = readFileSync("/proc/self/status", "utf8");
  const maps = readFileSync("/proc/self/maps", "utf8");
  return {
    threads: Number(/^Threads:\s*(\d+)/m.exec(status)?.[1]),
    descriptors: readdirSync("/proc/self/fd").length,
    rings: maps.split("\n").filter((line) => line.includes("sluice-ring")).length,
  };
}

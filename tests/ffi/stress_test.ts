import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { EngineWorker, Method } from "../../ffi/engine_worker.ts";
import { eventsUntil, pingNumber, turn, withEngine } from "./support.ts";

interface Dump {
  counters: Record<string, number>;
}

function counters(worker: EngineWorker): Record<string, number> {
  return (worker.call(Method.WORKER_DUMP, 0) as Dump).counters;
}

describe("under stress", () => {
  test(
    "a million events arrive whole and in order, with 200,000 calls beside them",
    withEngine(async (worker) => {
      const perCall = 500;
      const bursts = 2000;
      let expected = 0;
      let wrong = 0;
      let received = 0;
      worker.onEvent((type, _, payload) => {
        if (pingNumber(type, payload) !== expected) wrong += 1;
        expected = (expected + 1) % perCall;
        received += 1;
      });
      for (let burst = 0; burst < bursts; ++burst) {
        worker.call(Method.WORKER_PING, 0, { events: perCall });
        for (let call = 0; call < 99; ++call) worker.call(Method.WORKER_PING, 0);
        // The ring holds a few bursts: give the reader its turn before it is full.
        while (received < (burst - 3) * perCall) await turn();
      }
      while (received < bursts * perCall) await turn();
      assert.equal(wrong, 0);
      assert.equal(counters(worker).events_dropped, 0);
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

  test(
    "an idle worker does not turn its loop",
    withEngine(async (worker) => {
      const neighbour = EngineWorker.create();
      const before = counters(worker).loop_turns;
      // A second's worth of another worker's life: 2,000 doorbells of about half a millisecond.
      for (let i = 0; i < 2000; ++i) {
        const arrived = eventsUntil(neighbour, (count) => count === 1);
        neighbour.call(Method.WORKER_PING, 0, { events: 1 });
        await arrived;
      }
      neighbour.close();
      // The dumps themselves are a turn each; a timer a second may be another.
      assert.ok(counters(worker).loop_turns - before <= 5);
    }),
  );
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

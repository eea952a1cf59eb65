/**
 * A process with a pool of two workers, which die one after the other while media passes between
 * them, with SLUICE_TEST_FAULTS=1 in the environment. Whatever is not as it should be ends it with an
 * error; else it ends by itself.
 */
import assert from "node:assert/strict";
import * as sluice from "../../../mod.ts";
import { Method } from "../../../ffi/engine_worker.ts";
import { Microphones } from "../microphones.ts";
import { Flow } from "../pipe_flow.ts";
import { idsOf, transportIds, workerOf } from "../pool_scene.ts";
import type { Producer, Worker } from "../../../sfu/types.ts";
import { engines } from "../../support/engines.ts";
import { mediaCodecs, next, record, udpInfo, workerClosed } from "../support.ts";

const pool = await sluice.createWorkerPool({ workers: 2, logLevel: "none" });
const router = await pool.createRouter({ mediaCodecs });

// One flow from each worker, with receivers on both.
const flows = [await Flow.open(router), await Flow.open(router)];
for (const flow of flows) {
  const reached = new Set<Worker>();
  while (reached.size < 2) {
    reached.add(await workerOf(pool, await flow.addReceiver(router, flow.producer.id)));
  }
}

// An observer of somebody on its own worker, which is to die, and of somebody on the other.
const levels = await router.createAudioLevelObserver({ interval: 250, maxEntries: 2 });
const doomed = await workerOf(pool, levels);
const index = pool.workers.indexOf(doomed);
const survivor = pool.workers[1 - index];
const [lost, lasting] = [flows[index], flows[1 - index]];
assert.equal(await workerOf(pool, lost.ingress), doomed);
assert.equal(await workerOf(pool, lasting.ingress), survivor);
const microphones: Microphones[] = [];
const speakers: Producer[] = [];
/** Asked before they are piped: then both workers have something with that id. */
const places: Worker[] = [];
while (new Set(places).size < 2) {
  microphones.push(await Microphones.open(router));
  speakers.push(await microphones[microphones.length - 1].produce());
  places.push(await workerOf(pool, speakers[speakers.length - 1]));
}
for (const { id } of speakers) await levels.addProducer({ producerId: id });
for (const it of microphones) it.set(-20);
const fail = (index: number): void => {
  engines[index].call(Method.WORKER_FAIL, 0, { as: "logic_error", later: true });
};
/** The first consumer of a flow that lives there. */
const consumerAt = async (flow: Flow, worker: Worker): Promise<number> => {
  const places = await Promise.all(flow.consumers.map((consumer) => workerOf(pool, consumer)));
  return places.indexOf(worker);
};
while ((await next(levels, "volumes") as [unknown[]])[0].length < 2);

const log: string[] = [];
record(log, "pool", pool, ["workerdied", "died"]);
record(log, "pool.observer", pool.observer, ["close"]);
record(log, "worker", doomed, ["died"]);
record(log, "router", router, ["workerclose"]);
record(log, "ingress", lost.ingress, ["routerclose"]);
record(log, "producer", lost.producer, ["transportclose"]);
record(log, "consumer", lost.consumers[await consumerAt(lost, doomed)], ["transportclose"]);
const deserted = next(lost.consumers[await consumerAt(lost, survivor)], "producerclose");
const heard = lasting.receivers[await consumerAt(lasting, survivor)];
const speakersLeft = speakers.filter((_, i) => places[i] === survivor);
for (const flow of flows) await flow.pass(50);
const passing = lasting.pass(300, [heard]);
await heard.count(150);
fail(index);
const died = await next(pool, "workerdied");
assert.equal(died[0], doomed);
await deserted;
await passing;
lasting.assertComplete([heard]);
assert.deepEqual(log.toSorted(), [
  "consumer:transportclose",
  "ingress:routerclose",
  "pool:workerdied",
  "producer:transportclose",
  "worker:died",
]);
assert.deepEqual(log.slice(-2).toSorted(), ["pool:workerdied", "worker:died"]);
assert.deepEqual(pool.workers, [survivor]);
assert.deepEqual([pool.closed, router.closed, levels.closed], [false, false, false]);

// The observer goes on where the others are, and who was on the dead worker comes again.
const [volumes] = await next(levels, "volumes") as [{ producer: unknown }[]];
assert.deepEqual(volumes.map(({ producer }) => producer), speakersLeft);
const flow = await Flow.open(router);
await flow.addReceiver(router, flow.producer.id);
await flow.pass(200);
flow.assertComplete();
for (const it of [...flows, flow, ...microphones]) it.close();
assert((await transportIds(router)).includes(idsOf(flow.ingress)[0]));

log.length = 0;
fail(1 - index);
await next(pool, "died");
assert.deepEqual(log, [
  "router:workerclose",
  "pool.observer:close",
  "pool:workerdied",
  "pool:died",
]);
assert.deepEqual([pool.closed, pool.died, router.closed, levels.closed], [true, true, true, true]);
await assert.rejects(router.createPlainTransport({ listenInfo: udpInfo }), workerClosed);
console.log("survived");

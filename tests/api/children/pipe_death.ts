/**
 * A process with two workers joined by a link, one of which ends while media passes:
 * `pipe_death.ts <first|second> <close|fail>`, with SLUICE_TEST_FAULTS=1 in the environment. Whatever is
 * not as it should be ends it with an error; else it ends by itself.
 */
import assert from "node:assert/strict";
import process from "node:process";
import * as sluice from "../../../mod.ts";
import { Method } from "../../../ffi/engine_worker.ts";
import type { Router, Worker } from "../../../sfu/types.ts";
import { Flow } from "../pipe_flow.ts";
import { engines } from "../../support/engines.ts";
import { mediaCodecs, next, record, workerClosed } from "../support.ts";

const [which, how] = process.argv.slice(2);

async function newRouter(): Promise<{ worker: Worker; router: Router }> {
  const worker = await sluice.createWorker();
  return { worker, router: await worker.createRouter({ mediaCodecs }) };
}

const ends = [await newRouter(), await newRouter()];
const [{ router: from }, { router: to }] = ends;
const index = which === "first" ? 0 : 1;
const doomed = ends[index];
const survivor = ends[1 - index];

// Media both ways through the one pair, with receivers at both of its ends.
const flows = [await Flow.open(from), await Flow.open(to)];
const pipes = [
  await from.pipeToRouter({ producerId: flows[0].producer.id, router: to }),
  await to.pipeToRouter({ producerId: flows[1].producer.id, router: from }),
];
for (const flow of flows) {
  for (const { router } of [...ends, ...ends]) await flow.addReceiver(router, flow.producer.id);
  await flow.pass(50);
  flow.assertComplete();
}
/** The one that starts where nothing ends. */
const lasting = flows[1 - index];
const lost = flows[index];

const log: string[] = [];
record(log, "worker", doomed.worker, ["died"]);
for (const [i, { pipeConsumer, pipeProducer }] of pipes.entries()) {
  record(log, `pipeConsumer${i}`, pipeConsumer?.observer, ["close"]);
  record(log, `pipeProducer${i}`, pipeProducer?.observer, ["close"]);
}
const own = [1 - index, 3 - index];
const near = own.map((i) => lasting.receivers[i]);
const deserted = lost.consumers[own[0]];
const told = next(deserted, "producerclose");

const sendLost = async (): Promise<void> => {
  for (let i = 0; i < 300; ++i) await lost.send(i === 0);
};
const sending = [lasting.pass(300, near), sendLost()];
await near[0].count(150);
if (how === "close") {
  doomed.worker.close();
} else {
  const died = next(doomed.worker, "died");
  engines[index].call(Method.WORKER_FAIL, 0, { as: "logic_error", later: true });
  await died;
}
await told;
await Promise.all(sending);

assert.equal(log.filter((entry) => entry.startsWith("pipe")).length, 4);
assert.equal(log.includes("worker:died"), how === "fail");
for (const { pipeConsumer, pipeProducer } of pipes) {
  assert.deepEqual([pipeConsumer?.closed, pipeProducer?.closed], [true, true]);
}
assert.equal(deserted.closed, true);
assert.equal(lasting.producer.closed, false);
assert.equal(survivor.worker.closed, false);
const other = { producerId: lasting.producer.id, router: doomed.router };
await assert.rejects(survivor.router.pipeToRouter(other), workerClosed);
lasting.assertComplete(near);
const { transportIds } = await survivor.router.dump();
assert.equal(transportIds.length, 5, "an ingress and two egresses for each flow");

// The survivor goes on, with a worker that takes the other's place.
const fresh = await newRouter();
await survivor.router.pipeToRouter({ producerId: lasting.producer.id, router: fresh.router });
assert.equal((await survivor.router.dump()).transportIds.length, transportIds.length + 1);
const flow = await Flow.open(survivor.router);
await survivor.router.pipeToRouter({ producerId: flow.producer.id, router: fresh.router });
await flow.addReceiver(fresh.router, flow.producer.id);
await flow.addReceiver(survivor.router, flow.producer.id);
await flow.pass(200);
flow.assertComplete();
for (const it of [...flows, flow]) it.close();
for (const { worker } of [...ends, fresh]) {
  assert.equal(worker.died, how === "fail" && worker === doomed.worker);
  worker.close();
}
console.log("survived");

/**
 * A process that floods two workers through direct transports, one of which dies of a fault: with
 * SLUICE_TEST_FAULTS=1 in the environment.
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import * as sluice from "../../../mod.ts";
import { Method } from "../../../ffi/engine_worker.ts";
import type { types } from "../../../mod.ts";
import { engines } from "../../support/engines.ts";
import { mediaCodecs, workerClosed } from "../support.ts";

interface Flow {
  worker: types.Worker;
  dataProducer: types.DataProducer;
  heard: number;
}

async function open(): Promise<Flow> {
  const worker = await sluice.createWorker();
  const router = await worker.createRouter({ mediaCodecs });
  const transport = await router.createDirectTransport();
  const dataProducer = await transport.produceData();
  const dataConsumer = await transport.consumeData({ dataProducerId: dataProducer.id });
  const flow = { worker, dataProducer, heard: 0 };
  dataConsumer.on("message", () => flow.heard += 1);
  return flow;
}

const turn = (): Promise<void> => new Promise((done) => setImmediate(done));
const message = Buffer.alloc(1000);
const flows = [await open(), await open()];
const send = (count: number): void => {
  for (let i = 0; i < count; ++i) {
    for (const { dataProducer } of flows) dataProducer.send(message);
  }
};

while (flows.some(({ heard }) => heard < 2000)) {
  send(100);
  await turn();
}
const died = sluice.extras.enhancedOnce<types.WorkerEvents>(flows[0].worker, "died");
engines[0].call(Method.WORKER_FAIL, 0, { as: "logic_error", later: true });
// Twice what a ring holds: nobody reads it any more.
send(10_000);
assert.equal(flows[0].dataProducer.sendBatch([message]), 0);
await died;
assert.equal(flows[0].dataProducer.closed, true);
flows[0].dataProducer.send("x");
await assert.rejects(flows[0].dataProducer.getStats(), workerClosed);

const before = flows[1].heard;
flows[1].dataProducer.send("x");
while (flows[1].heard === before) await turn();
for (const { worker } of flows) worker.close();
console.log("survived");

/** A closed object says that it is closed, whatever it is called with. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createWorker, createWorkerPool } from "../../mod.ts";
import { mediaCodecs, notFound, udpInfo, workerClosed, wrong } from "./support.ts";

interface Closable {
  close(): void;
}

/** What is asked of each closed object, with an argument that is wrong. */
const limits = ["setMaxIncomingBitrate", "setMaxOutgoingBitrate", "setMinOutgoingBitrate"];
const media = ["produce", "consume", "produceData", "consumeData", "enableTraceEvent"];
const making = [
  "createWebRtcTransport",
  "createPlainTransport",
  "createPipeTransport",
  "createDirectTransport",
  "createAudioLevelObserver",
  "createActiveSpeakerObserver",
  "pipeToRouter",
];

async function assertClosed(object: Closable, methods: string[], error: object): Promise<void> {
  for (const method of methods) {
    for (const odd of [Symbol("odd"), -1, { listenInfos: 5 }]) {
      await assert.rejects(async () => await wrong(object)[method](odd), error, method);
    }
  }
}

test("a closed worker, its objects and a closed pool answer before they check arguments", async () => {
  const worker = await createWorker();
  const router = await worker.createRouter({ mediaCodecs });
  const webRtc = await router.createWebRtcTransport({ listenInfos: [udpInfo] });
  const plain = await router.createPlainTransport({ listenInfo: udpInfo });
  const observer = await router.createAudioLevelObserver();
  const pool = await createWorkerPool({ workers: 1 });
  const poolRouter = await pool.createRouter({ mediaCodecs });
  const poolObserver = await poolRouter.createAudioLevelObserver();
  try {
    const observing = ["addProducer", "removeProducer"];
    const transport = ["connect", ...limits, ...media];
    for (const object of [webRtc, plain, observer, poolObserver]) object.close();
    await assertClosed(webRtc, transport, notFound);
    await assertClosed(plain, transport, notFound);
    await assertClosed(observer, observing, notFound);
    await assertClosed(poolObserver, observing, notFound);
    for (const object of [router, poolRouter]) object.close();
    await assertClosed(router, making, notFound);
    await assertClosed(poolRouter, making, notFound);
    for (const object of [worker, pool]) object.close();
    const creating = ["updateSettings", "createWebRtcServer", "createRouter"];
    await assertClosed(worker, creating, workerClosed);
    await assertClosed(pool, creating, workerClosed);
    await assertClosed(webRtc, transport, workerClosed);
    await assertClosed(poolRouter, making, workerClosed);
  } finally {
    worker.close();
    pool.close();
  }
});

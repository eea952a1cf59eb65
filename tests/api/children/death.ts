/**
 * A process with three workers, one of which fails inside: `death.ts <as> <later>`, with
 * SLUICE_TEST_FAULTS=1 in the environment. Whatever is not as it should be ends it with an error; else it
 * ends by itself.
 */
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import process from "node:process";
import * as sluice from "../../../mod.ts";
import { Method } from "../../../ffi/engine_worker.ts";
import type { Router } from "../../../sfu/types.ts";
import { openMedia } from "../media_scene.ts";
import { audioPacket } from "../rtp.ts";
import { engines } from "../../support/engines.ts";
import { audioOptions, mediaCodecs, record, tcpInfo, udpInfo, workerClosed } from "../support.ts";

const [as, later] = process.argv.slice(2);
const reasons: Record<string, string> = {
  bad_alloc: "std::bad_alloc",
  logic_error: "a fault was asked for",
  unknown: "unknown exception",
};

/** Threads of the engine that live. */
function threads(): number {
  return readdirSync("/proc/self/task")
    .filter((id) => readFileSync(`/proc/self/task/${id}/comm`, "utf8").startsWith("sluice-worker"))
    .length;
}

/** Whether nobody has the port any more. */
async function isFree(port: number): Promise<boolean> {
  const socket = createSocket("udp4");
  const bound = once(socket, "listening").then(() => true);
  const refused = once(socket, "error").then(() => false);
  socket.bind(port, "127.0.0.1");
  const free = await Promise.race([bound, refused]);
  socket.close();
  return free;
}

async function isRefused(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  const [refused] = await Promise.race([
    once(socket, "error").then(() => [true]),
    once(socket, "connect").then(() => [false]),
  ]);
  socket.destroy();
  return refused;
}

async function newRouter(): Promise<{ worker: sluice.types.Worker; router: Router }> {
  const worker = await sluice.createWorker();
  return { worker, router: await worker.createRouter({ mediaCodecs }) };
}

const doomed = await newRouter();
const others = [await newRouter(), await newRouter()];
const media = await Promise.all(
  [doomed, ...others].map(({ router }) => openMedia(router, audioOptions())),
);
const [lost, ...flowing] = media;
for (const { sender, receiver, ingress } of media) {
  await sender.send(audioPacket(1), ingress);
  await receiver.count(1);
}
const webRtcServer = await doomed.worker.createWebRtcServer({ listenInfos: [udpInfo, tcpInfo] });
const transport = await doomed.router.createWebRtcTransport({ webRtcServer });
const { udpSockets, tcpServers } = await webRtcServer.dump();
assert.equal(threads(), 3);

const log: string[] = [];
record(log, "worker", doomed.worker, ["died", "subprocessclose", "listenererror"]);
record(log, "worker.observer", doomed.worker.observer, ["close"]);
record(log, "router", doomed.router, ["workerclose"]);
record(log, "router.observer", doomed.router.observer, ["close"]);
record(log, "server", webRtcServer, ["workerclose"]);
record(log, "server.observer", webRtcServer.observer, ["close", "webrtctransportunhandled"]);
record(log, "transport", transport, ["routerclose", "icestatechange", "dtlsstatechange"]);
record(log, "transport.observer", transport.observer, ["close"]);
record(log, "ingress", lost.ingress, ["routerclose"]);
record(log, "ingress.observer", lost.ingress.observer, ["close"]);
record(log, "producer", lost.producer, ["transportclose"]);
record(log, "producer.observer", lost.producer.observer, ["close"]);
record(log, "egress", lost.egress, ["routerclose"]);
record(log, "egress.observer", lost.egress.observer, ["close"]);
record(log, "consumer", lost.consumer, ["transportclose", "producerclose"]);
record(log, "consumer.observer", lost.consumer.observer, ["close"]);
const died = sluice.extras.enhancedOnce<sluice.types.WorkerEvents>(doomed.worker, "died");

// The ring is full when it happens: the reason arrives all the same.
engines[0].call(Method.WORKER_PING, 0, { events: 100_000 });
const fail = (): unknown => engines[0].call(Method.WORKER_FAIL, 0, { as, later: later === "true" });
if (later === "true") fail();
else assert.throws(fail, /the worker died while it ran this command/);
// The event has not been read yet, and the worker knows nothing.
await assert.rejects(doomed.worker.dump(), workerClosed);

const [error] = await died;
assert(error instanceof Error);
assert.equal(error.message, reasons[as]);
assert.deepEqual(log, [
  "producer:transportclose",
  "producer.observer:close",
  "ingress:routerclose",
  "ingress.observer:close",
  "consumer:transportclose",
  "consumer.observer:close",
  "egress:routerclose",
  "egress.observer:close",
  "server.observer:webrtctransportunhandled",
  "transport:routerclose",
  "transport.observer:close",
  "router:workerclose",
  "router.observer:close",
  "server:workerclose",
  "server.observer:close",
  "worker:died",
  "worker:subprocessclose",
  "worker.observer:close",
]);
for (const it of [doomed.router, webRtcServer, transport, lost.producer, lost.consumer]) {
  assert.equal(it.closed, true);
}
const { closed, died: hasDied, subprocessClosed } = doomed.worker;
assert.deepEqual([closed, hasDied, subprocessClosed], [true, true, true]);
assert.equal(transport.iceState, "closed");

// Its thread and its sockets are gone.
assert.equal(threads(), 2);
assert(await isFree(lost.ingress.tuple.localPort));
assert(await isFree(lost.egress.tuple.localPort));
assert(await isFree(udpSockets[0].port));
assert(await isRefused(tcpServers[0].port));
for (
  const call of [
    () => doomed.worker.dump(),
    () => doomed.worker.createRouter(),
    () => doomed.router.createPlainTransport({ listenInfo: udpInfo }),
    () => lost.producer.pause(),
    () => lost.consumer.getStats(),
  ]
) await assert.rejects(call, workerClosed, call.toString());
const count = log.length;
doomed.worker.close();
doomed.router.close();

// The others know nothing of it, and there can be new ones.
for (const { sender, receiver, ingress, producer } of flowing) {
  await sender.send(audioPacket(2), ingress);
  await receiver.count(2);
  await producer.pause();
}
const fresh = await newRouter();
await fresh.router.createWebRtcTransport({ listenInfos: [udpInfo] });
for (const it of media) it.close();
for (const { worker } of [...others, fresh]) {
  assert.equal(worker.died, false);
  worker.close();
}
await new Promise((done) => setImmediate(done));
assert.equal(log.length, count);
assert.equal(threads(), 0);
console.log("survived");

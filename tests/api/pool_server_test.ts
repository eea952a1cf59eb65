/** A WebRTC server that all workers of a pool listen with. */
import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";
import * as sluice from "../../mod.ts";
import type { WebRtcServer, WebRtcTransport } from "../../sfu/types.ts";
import { type PoolScene, withPool, workerOf } from "./pool_scene.ts";
import {
  assertTypeErrors,
  mediaCodecs,
  next,
  notFound,
  record,
  tcpInfo,
  udpInfo,
  workerClosed,
  wrong,
} from "./support.ts";

const listenInfos = [udpInfo, tcpInfo];

async function transportsOf(
  { router }: PoolScene,
  webRtcServer: WebRtcServer,
  count: number,
): Promise<WebRtcTransport[]> {
  const transports: WebRtcTransport[] = [];
  while (transports.length < count) {
    transports.push(await router.createWebRtcTransport({ webRtcServer }));
  }
  return transports;
}

test(
  "transports of every worker have the same candidates, and the server knows all of them",
  withPool(async (scene) => {
    const { pool } = scene;
    const told: unknown[] = [];
    pool.observer.on("newwebrtcserver", (server) => told.push(server));
    const webRtcServer = await pool.createWebRtcServer({ listenInfos, appData: { a: 1 } });
    assert.deepEqual(told, [webRtcServer]);
    assert.deepEqual(webRtcServer.appData, { a: 1 });
    const log: string[] = [];
    const events = ["webrtctransporthandled", "webrtctransportunhandled", "close"];
    record(log, "server", webRtcServer.observer, events);
    const transports = await transportsOf(scene, webRtcServer, 6);
    const places = await Promise.all(transports.map((transport) => workerOf(pool, transport)));
    assert.equal(new Set(places).size, 3);
    for (const { iceCandidates, iceParameters } of transports) {
      assert.deepEqual(iceCandidates, transports[0].iceCandidates);
      assert.match(iceParameters.usernameFragment, /^[ABC][0-9a-z]{31}$/);
    }
    const dump = await webRtcServer.dump();
    const ports = transports[0].iceCandidates.map(({ port }) => port);
    assert.deepEqual(dump.udpSockets, [{ ip: "127.0.0.1", port: ports[0] }]);
    assert.deepEqual(dump.tcpServers, [{ ip: "127.0.0.1", port: ports[1] }]);
    assert.deepEqual(dump.webRtcTransportIds.toSorted(), transports.map((it) => it.id).toSorted());
    assert.equal(dump.localIceUsernameFragments.length, 6);
    const { usernameFragment } = await transports[1].restartIce();
    assert.equal(usernameFragment[0], transports[1].iceParameters.usernameFragment[0]);
    transports[0].close();
    assert.deepEqual(log, [...Array(6).fill(`server:${events[0]}`), `server:${events[1]}`]);
    // A router of one of the workers may use it too.
    const lone = await pool.workers[1].createRouter({ mediaCodecs });
    const own = await lone.createWebRtcTransport({ webRtcServer });
    assert.deepEqual(own.iceCandidates, transports[0].iceCandidates);
    // And a transport of the pool's router goes where the server that it names listens.
    const local = await pool.workers[2].createWebRtcServer({ listenInfos });
    for (const transport of await transportsOf(scene, local, 3)) {
      assert.equal(await workerOf(pool, transport), pool.workers[2]);
    }
  }, 3),
);

test(
  "closing the server closes its transports, on every worker, and gives the port back",
  withPool(async (scene) => {
    const { pool, router } = scene;
    const webRtcServer = await pool.createWebRtcServer({ listenInfos });
    const transports = await transportsOf(scene, webRtcServer, 4);
    const { udpSockets: [{ port }], tcpServers: [{ port: tcpPort }] } = await webRtcServer.dump();
    const log: string[] = [];
    for (const transport of transports) record(log, "it", transport, ["listenserverclose"]);
    webRtcServer.close();
    webRtcServer.close();
    assert.deepEqual(log, Array(4).fill("it:listenserverclose"));
    assert.equal(webRtcServer.closed, true);
    await assert.rejects(webRtcServer.dump(), notFound);
    await assert.rejects(router.createWebRtcTransport({ webRtcServer }), notFound);
    const same = [{ ...udpInfo, port }, { ...tcpInfo, port: tcpPort }];
    const again = await pool.createWebRtcServer({ listenInfos: same });
    const closed = next(again, "workerclose");
    pool.close();
    await closed;
    await assert.rejects(pool.createWebRtcServer({ listenInfos }), workerClosed);
  }),
);

test(
  "a port that somebody else has is refused, and none is kept",
  withPool(async ({ pool }) => {
    const webRtcServer = await pool.createWebRtcServer({ listenInfos: [udpInfo] });
    const { udpSockets: [{ port }] } = await webRtcServer.dump();
    const other = await sluice.createWorkerPool({ workers: 2 });
    const holder = createServer();
    await new Promise<void>((done) => holder.listen(0, "127.0.0.1", done));
    const { port: tcpPort } = holder.address() as { port: number };
    try {
      const taken = { listenInfos: [tcpInfo, { ...udpInfo, port }] };
      await assert.rejects(other.createWebRtcServer(taken), /udp 127\.0\.0\.1:\d+/);
      const tcp = { listenInfos: [udpInfo, { ...tcpInfo, port: tcpPort }] };
      await assert.rejects(other.createWebRtcServer(tcp), /tcp 127\.0\.0\.1:\d+/);
      for (const worker of other.workers) {
        assert.deepEqual((await worker.dump()).webRtcServerIds, []);
      }
      // Of a range that has one port, the second server gets none.
      const portRange = { min: port, max: port };
      const range = { listenInfos: [{ ...udpInfo, portRange }] };
      await assert.rejects(other.createWebRtcServer(range), /no free udp port/);
    } finally {
      holder.close();
      other.close();
    }
    await assertTypeErrors([
      ["nothing", () => pool.createWebRtcServer(wrong(undefined)), /options/],
      ["none", () => pool.createWebRtcServer({ listenInfos: [] }), /listenInfos/],
      ["odd", () => pool.createWebRtcServer({ listenInfos: [wrong(1)] }), /listenInfos\[0\]/],
      ["appData", () => pool.createWebRtcServer({ listenInfos, appData: wrong(1) }), /appData/],
      ["assigned", () => void (webRtcServer.appData = wrong(1)), /appData/],
    ]);
  }),
);

test(
  "what is no server of the pool's is refused",
  withPool(async ({ pool, router }) => {
    await assertTypeErrors([
      ["text", () => router.createWebRtcTransport(wrong({ webRtcServer: "x" })), /webRtcServer/],
      ["pool", () => router.createWebRtcTransport(wrong({ webRtcServer: pool })), /webRtcServer/],
    ]);
    const worker = await sluice.createWorker();
    try {
      const webRtcServer = await worker.createWebRtcServer({ listenInfos });
      await assert.rejects(router.createWebRtcTransport({ webRtcServer }), notFound);
      const lone = await worker.createRouter({ mediaCodecs });
      const shared = await pool.createWebRtcServer({ listenInfos });
      const elsewhere = { webRtcServer: shared };
      await assert.rejects(lone.createWebRtcTransport(elsewhere), notFound);
    } finally {
      worker.close();
    }
  }),
);

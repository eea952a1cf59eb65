/** WebRTC transports with a real endpoint at the other end. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import * as sluice from "../../mod.ts";
import { dtlsState, sending, withCall } from "./call.ts";
import { connectPeer, endPeers, type Peer } from "./peer.ts";
import { eventsDelivered, next, sha256, udpInfo, withScene } from "./support.ts";

after(endPeers);

async function withPeer(peer: Promise<Peer>, run: (peer: Peer) => Promise<void>): Promise<void> {
  const connected = await peer;
  try {
    await run(connected);
  } finally {
    connected.close();
  }
}

test(
  "the states of ICE and DTLS are told in order, to the observer too",
  withScene(async ({ transport }) => {
    const ice: string[] = [];
    const dtls: string[] = [];
    const observed: string[] = [];
    transport.on("icestatechange", (state) => ice.push(state));
    transport.on("dtlsstatechange", (state) => dtls.push(state));
    transport.observer.on("icestatechange", (state) => observed.push(state));
    transport.observer.on("dtlsstatechange", (state) => observed.push(state));
    const selected = next(transport, "iceselectedtuplechange");
    const selectedObserved = next(transport.observer, "iceselectedtuplechange");
    await withPeer(connectPeer(transport, sending), async (peer) => {
      await dtlsState(transport, "connected");
      await peer.opened;
      // The peer may nominate with its first check: then there is no "connected".
      assert.equal(ice.at(-1), "completed");
      assert(ice.length === 1 || ice.length === 2 && ice[0] === "connected", ice.join());
      assert.deepEqual(dtls, ["connecting", "connected"]);
      assert.deepEqual(observed.toSorted(), [...ice, ...dtls].toSorted());
      const [tuple] = await selected;
      assert.deepEqual(await selectedObserved, [tuple]);
      assert.deepEqual(transport.iceSelectedTuple, tuple);
      assert.equal(transport.iceSelectedTuple?.protocol, "udp");
      assert.equal(transport.iceSelectedTuple?.localPort, transport.iceCandidates[0].port);
      assert.match(transport.dtlsRemoteCert ?? "", /^-----BEGIN CERTIFICATE-----/);
      const dump = await transport.dump();
      assert.equal(dump.iceState, "completed");
      assert.equal(dump.dtlsState, "connected");
      assert.deepEqual(dump.iceSelectedTuple, tuple);
      assert.equal(dump.dtlsRemoteCert, transport.dtlsRemoteCert);
      const [stats] = await transport.getStats();
      assert.equal(stats.iceState, "completed");
      assert.equal(stats.dtlsState, "connected");
      assert.deepEqual(stats.iceSelectedTuple, tuple);
      assert(stats.bytesReceived > 0 && stats.bytesSent > 0);
    });
  }),
);

test(
  "media goes from one endpoint to another",
  withScene(async ({ router, transport }) => {
    const receiver = await router.createWebRtcTransport({ listenInfos: [udpInfo] });
    await withCall(transport, receiver, async ({ producer, consumer, receiving, say }) => {
      const packets = await say(20);
      packets.forEach((it, i) => {
        assert.equal(it.ssrc, receiving.ssrc);
        assert.equal(it.payloadType, receiving.payloadType);
        assert.equal(it.payload[0], 100 + i);
      });
      assert.equal((await producer.getStats())[0].packetCount, 20);
      assert.equal((await consumer.getStats())[0].packetCount, 20);
    });
  }),
);

test(
  "a certificate with another fingerprint fails DTLS, and the log says so",
  withScene(async ({ worker, transport }) => {
    const warnings: string[] = [];
    sluice.setLogEventListeners({ onwarn: (...args) => warnings.push(args.join(" ")) });
    await worker.updateSettings({ logLevel: "warn", logTags: ["dtls"] });
    try {
      const liar = connectPeer(transport, { ...sending, fingerprint: sha256 });
      await withPeer(liar, async () => {
        await dtlsState(transport, "failed");
        assert.equal(transport.dtlsRemoteCert, undefined);
      });
      assert.match(warnings.join(), /^sluice:WARN:Worker \(dtls\) session failed/);
    } finally {
      sluice.setLogEventListeners();
    }
  }),
);

test(
  "the states are closed after close()",
  withScene(async ({ router, transport }) => {
    await withPeer(connectPeer(transport, sending), async () => {
      await dtlsState(transport, "connected");
      const log: string[] = [];
      transport.on("icestatechange", (state) => log.push(state));
      transport.on("dtlsstatechange", (state) => log.push(state));
      transport.close();
      assert.equal(transport.iceState, "closed");
      assert.equal(transport.dtlsState, "closed");
      assert.equal(transport.iceSelectedTuple, undefined);
      await eventsDelivered(router);
      assert.deepEqual(log, []);
    });
  }),
);

test(
  "endpoints share the port of a WebRtcServer",
  withScene(async ({ worker, router }) => {
    const webRtcServer = await worker.createWebRtcServer({ listenInfos: [udpInfo] });
    const transports = await Promise.all(
      [0, 1, 2].map(() => router.createWebRtcTransport({ webRtcServer })),
    );
    const peers = await Promise.all(transports.map((it) => connectPeer(it, sending)));
    try {
      await Promise.all(transports.map((it) => dtlsState(it, "connected")));
      const { udpSockets: [{ port }] } = await webRtcServer.dump();
      for (const it of transports) assert.equal(it.iceSelectedTuple?.localPort, port);
      assert.equal(new Set(transports.map((it) => it.iceSelectedTuple?.remotePort)).size, 3);
    } finally {
      for (const peer of peers) peer.close();
    }
  }),
);

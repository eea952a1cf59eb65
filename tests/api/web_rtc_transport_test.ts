import assert from "node:assert/strict";
import { test } from "node:test";
import {
  assertTypeErrors,
  audioOptions,
  consumerCapabilities,
  dtlsParameters,
  mediaCodecs,
  sha256,
  tcpInfo,
  udpInfo,
  unsupported,
  withScene,
  withWorker,
  wrong,
} from "./support.ts";

test(
  "createWebRtcTransport() gives what an endpoint needs to know",
  withScene(async ({ router }) => {
    const transport = await router.createWebRtcTransport({
      listenInfos: [
        { ...udpInfo, announcedAddress: "9.9.9.1", exposeInternalIp: true },
        { ...tcpInfo, announcedIp: "foo.bar.org" },
      ],
      enableTcp: true,
      preferUdp: true,
      initialAvailableOutgoingBitrate: 1_000_000,
      iceConsentTimeout: 20,
      appData: { foo: "bar" },
    });
    assert.match(transport.id, /^[0-9a-f-]{36}$/);
    assert.equal(transport.type, "webrtc");
    assert.equal(transport.closed, false);
    assert.deepEqual(transport.appData, { foo: "bar" });
    assert.equal(transport.iceRole, "controlled");
    assert.equal(transport.iceParameters.iceLite, true);
    // RFC 8445, 5.3: at least 24 and 128 bits of randomness, in characters of six bits.
    assert(transport.iceParameters.usernameFragment.length >= 4);
    assert(transport.iceParameters.password.length >= 22);
    assert.equal(transport.iceState, "new");
    assert.equal(transport.iceSelectedTuple, undefined);
    assert.equal(transport.dtlsState, "new");
    assert.equal(transport.dtlsRemoteCert, undefined);
    assert.equal(transport.sctpParameters, undefined);
    assert.equal(transport.sctpState, undefined);
    assert.equal(transport.dtlsParameters.role, "auto");
    assert.deepEqual(transport.dtlsParameters.fingerprints.map((it) => it.algorithm).toSorted(), [
      "sha-1",
      "sha-224",
      "sha-256",
      "sha-384",
      "sha-512",
    ]);
    const candidates = transport.iceCandidates;
    assert.deepEqual(candidates.map((it) => [it.address, it.protocol, it.type, it.tcpType]), [
      ["9.9.9.1", "udp", "host", undefined],
      ["127.0.0.1", "udp", "host", undefined],
      ["foo.bar.org", "tcp", "host", "passive"],
    ]);
    for (const { ip, address, port, priority, foundation } of candidates) {
      assert.equal(ip, address);
      assert(port >= 10000 && port <= 59999);
      assert.equal(typeof priority, "number");
      assert.equal(typeof foundation, "string");
    }
    assert(candidates[0].priority > candidates[1].priority);
    assert(candidates[1].priority > candidates[2].priority);
  }),
);

test(
  "createWebRtcTransport() refuses wrong options",
  withScene(async ({ worker, router }) => {
    const bad = (options: unknown): () => Promise<unknown> => () =>
      router.createWebRtcTransport(wrong(options));
    const more = (options: object): () => Promise<unknown> =>
      bad({ listenInfos: [udpInfo], ...options });
    const webRtcServer = await worker.createWebRtcServer({ listenInfos: [udpInfo] });
    await assertTypeErrors([
      ["nothing", bad(undefined), /options/],
      ["no listen", bad({}), /missing webRtcServer, listenInfos and listenIps/],
      ["two", more({ listenIps: ["127.0.0.1"] }), /only one of/],
      ["three", more({ listenIps: ["127.0.0.1"], webRtcServer }), /only one of/],
      ["listenInfos", bad({ listenInfos: [] }), /listenInfos/],
      ["listenInfos ip", bad({ listenInfos: [{ protocol: "udp", ip: "123" }] }), /\[0\]\.ip/],
      ["listenIps", bad({ listenIps: [] }), /listenIps/],
      ["listenIps entry", bad({ listenIps: [123] }), /listenIps\[0\]/],
      ["listenIps ip", bad({ listenIps: ["localhost"] }), /listenIps\[0\]/],
      ["listenIps announcedIp", bad({ listenIps: [{ ip: "::1", announcedIp: 1 }] }), /announcedIp/],
      ["port", bad({ listenIps: ["127.0.0.1"], port: "x" }), /port/],
      ["no protocol", bad({ listenIps: ["127.0.0.1"], enableUdp: false }), /enableUdp/],
      ["webRtcServer", bad({ webRtcServer: {} }), /webRtcServer/],
      ["nothing left", bad({ webRtcServer, enableUdp: false }), /enableUdp and enableTcp/],
      ["enableUdp", more({ enableUdp: 1 }), /enableUdp/],
      ["enableTcp", more({ enableTcp: "x" }), /enableTcp/],
      ["preferUdp", more({ preferUdp: "yes" }), /preferUdp/],
      ["preferTcp", more({ preferTcp: 0 }), /preferTcp/],
      ["iceConsentTimeout", more({ iceConsentTimeout: -1 }), /iceConsentTimeout/],
      ["iceConsentTimeout text", more({ iceConsentTimeout: "30s" }), /iceConsentTimeout/],
      [
        "initialAvailableOutgoingBitrate",
        more({ initialAvailableOutgoingBitrate: 2 ** 33 }),
        /initialAvailableOutgoingBitrate/,
      ],
      ["enableSctp", more({ enableSctp: 1 }), /enableSctp/],
      ["appData", more({ appData: "x" }), /appData/],
    ]);
    await assert.rejects(more({ enableSctp: true }), unsupported);
  }),
);

test(
  "a server stands above listenInfos, as applications of mediasoup rely on",
  withScene(async ({ worker, router }) => {
    const webRtcServer = await worker.createWebRtcServer({ listenInfos: [udpInfo] });
    const transport = await router.createWebRtcTransport(
      wrong({ webRtcServer, listenInfos: [udpInfo] }),
    );
    const { udpSockets } = await webRtcServer.dump();
    assert.equal(transport.iceCandidates[0].port, udpSockets[0].port);
  }),
);

test(
  "connect() chooses the opposite role, once",
  withScene(async ({ transport, router }) => {
    await transport.connect({ dtlsParameters });
    assert.equal(transport.dtlsParameters.role, "server");
    await assert.rejects(transport.connect({ dtlsParameters }), { name: "Error" });
    for (const [remote, local] of [["server", "client"], ["auto", "client"]] as const) {
      const other = await router.createWebRtcTransport({ listenInfos: [udpInfo] });
      await other.connect({ dtlsParameters: { ...dtlsParameters, role: remote } });
      assert.equal(other.dtlsParameters.role, local, remote);
    }
  }),
);

test(
  "connect() refuses wrong parameters and can then be called again",
  withScene(async ({ transport }) => {
    const bad = (parameters: unknown): () => Promise<void> => () =>
      transport.connect({ dtlsParameters: wrong(parameters) });
    const print = (fingerprint: object): () => Promise<void> =>
      bad({ fingerprints: [{ algorithm: "sha-256", value: sha256, ...fingerprint }] });
    await assertTypeErrors([
      ["nothing", () => transport.connect(wrong(undefined)), /options/],
      ["empty", () => transport.connect(wrong({})), /dtlsParameters/],
      ["parameters", bad("x"), /dtlsParameters/],
      ["fingerprints", bad({ role: "client" }), /fingerprints/],
      ["no fingerprint", bad({ fingerprints: [] }), /fingerprints/],
      ["role", bad({ ...dtlsParameters, role: "chicken" }), /invalid DtlsRole: chicken/],
      ["fingerprint", bad({ fingerprints: [1] }), /fingerprints\[0\]/],
      ["algorithm", print({ algorithm: "sha-3" }), /invalid FingerprintAlgorithm: sha-3/],
      ["algorithm name", print({ algorithm: "toString" }), /invalid FingerprintAlgorithm/],
      ["value", print({ value: 1 }), /fingerprints\[0\]\.value/],
      ["value form", print({ value: "chicken" }), /fingerprints\[0\]\.value/],
      ["value length", print({ algorithm: "sha-1" }), /fingerprints\[0\]\.value/],
    ]);
    assert.equal(transport.dtlsParameters.role, "auto");
    const [{ algorithm, value }] = dtlsParameters.fingerprints;
    await transport.connect({
      dtlsParameters: { fingerprints: [{ algorithm, value: value.toUpperCase() }] },
    });
  }),
);

test(
  "transports are made by the hundred on one server",
  withWorker(async (worker) => {
    const webRtcServer = await worker.createWebRtcServer({ listenInfos: [udpInfo] });
    const router = await worker.createRouter({ mediaCodecs });
    const transports = await Promise.all(
      Array.from({ length: 300 }, () => router.createWebRtcTransport({ webRtcServer })),
    );
    const fragments = new Set(transports.map((it) => it.iceParameters.usernameFragment));
    assert.equal(fragments.size, 300);
    assert.equal((await webRtcServer.dump()).webRtcTransportIds.length, 300);
    router.close();
    assert.equal((await webRtcServer.dump()).webRtcTransportIds.length, 0);
  }),
);

test(
  "an option that is null counts as absent",
  withScene(async ({ router, transport }) => {
    const other = await router.createWebRtcTransport(wrong({
      webRtcServer: null,
      listenInfos: [{
        ...udpInfo,
        announcedAddress: null,
        port: null,
        portRange: null,
        flags: null,
      }],
      listenIps: null,
      enableUdp: null,
      iceConsentTimeout: null,
      appData: null,
    }));
    assert.deepEqual(other.appData, {});
    const producer = await transport.produce(wrong({ ...audioOptions(), id: null, paused: null }));
    const consumer = await other.consume(wrong({
      producerId: producer.id,
      rtpCapabilities: consumerCapabilities,
      mid: null,
      preferredLayers: null,
      enableRtx: null,
      paused: null,
    }));
    assert.equal(consumer.rtpParameters.mid, "0");
  }),
);

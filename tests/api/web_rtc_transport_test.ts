import assert from "node:assert/strict";
import { test } from "node:test";
import type { DtlsParameters } from "../../sfu/types.ts";
import {
  assertTypeErrors,
  audioOptions,
  consumeNew,
  mediaCodecs,
  notFound,
  record,
  sha256,
  tcpInfo,
  udpInfo,
  unsupported,
  withScene,
  withWorker,
  wrong,
} from "./support.ts";

const dtlsParameters: DtlsParameters = {
  role: "client",
  fingerprints: [{ algorithm: "sha-256", value: sha256 }],
};

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
  "createWebRtcTransport() takes the deprecated listenIps and port",
  withScene(async ({ router }) => {
    const transport = await router.createWebRtcTransport({
      listenIps: ["127.0.0.1", { ip: "0.0.0.0", announcedIp: "9.9.9.2" }],
      enableTcp: true,
      preferTcp: true,
    });
    assert.deepEqual(transport.iceCandidates.map((it) => [it.address, it.protocol]), [
      ["127.0.0.1", "tcp"],
      ["127.0.0.1", "udp"],
      ["9.9.9.2", "tcp"],
      ["9.9.9.2", "udp"],
    ]);
    const udp = await router.createWebRtcTransport({ listenIps: ["127.0.0.1"] });
    const [{ protocol, port }] = udp.iceCandidates;
    assert.equal(protocol, "udp");
    udp.close();
    const again = await router.createWebRtcTransport({ listenIps: ["127.0.0.1"], port });
    assert.equal(again.iceCandidates[0].port, port);
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
      ["port", bad({ listenIps: ["127.0.0.1"], port: "1" }), /port/],
      ["no protocol", bad({ listenIps: ["127.0.0.1"], enableUdp: false }), /enableUdp/],
      ["webRtcServer", bad({ webRtcServer: {} }), /webRtcServer/],
      ["enableUdp", more({ enableUdp: 1 }), /enableUdp/],
      ["enableTcp", more({ enableTcp: "x" }), /enableTcp/],
      ["preferUdp", more({ preferUdp: null }), /preferUdp/],
      ["preferTcp", more({ preferTcp: 0 }), /preferTcp/],
      ["iceConsentTimeout", more({ iceConsentTimeout: -1 }), /iceConsentTimeout/],
      ["iceConsentTimeout NaN", more({ iceConsentTimeout: NaN }), /iceConsentTimeout/],
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
  "restartIce() gives new credentials",
  withScene(async ({ transport }) => {
    const before = transport.iceParameters;
    const after = await transport.restartIce();
    assert.notEqual(after.usernameFragment, before.usernameFragment);
    assert.notEqual(after.password, before.password);
    assert.equal(after.iceLite, true);
    assert.deepEqual(transport.iceParameters, after);
  }),
);

test(
  "limits of bitrates are checked against each other",
  withScene(async ({ transport }) => {
    await transport.setMaxIncomingBitrate(1_000_000);
    await transport.setMinOutgoingBitrate(100_000);
    await transport.setMaxOutgoingBitrate(2_000_000);
    const { 0: stats } = await transport.getStats();
    assert.equal(stats.maxIncomingBitrate, 1_000_000);
    assert.equal(stats.maxOutgoingBitrate, 2_000_000);
    assert.equal(stats.minOutgoingBitrate, 100_000);
    await assertTypeErrors([
      ["not a number", () => transport.setMaxIncomingBitrate(wrong("1")), /bitrate/],
      ["NaN", () => transport.setMaxIncomingBitrate(NaN), /bitrate/],
      ["negative", () => transport.setMaxIncomingBitrate(-1), /bitrate/],
      ["fraction", () => transport.setMaxOutgoingBitrate(50000.5), /bitrate/],
      ["infinite", () => transport.setMaxOutgoingBitrate(Infinity), /bitrate/],
      ["too low", () => transport.setMaxOutgoingBitrate(20_000), /bitrate must be >= 30000/],
      [
        "below min",
        () => transport.setMaxOutgoingBitrate(90_000),
        /min outgoing bitrate \(100000\)/,
      ],
      ["above max", () => transport.setMinOutgoingBitrate(2_000_001), /max outgoing bitrate/],
    ]);
    await transport.setMinOutgoingBitrate(0);
    await transport.setMaxOutgoingBitrate(0);
    await transport.setMaxIncomingBitrate(0);
  }),
);

test(
  "enableTraceEvent() keeps the types that it knows",
  withScene(async ({ transport }) => {
    const types = async (): Promise<string[] | undefined> =>
      (await transport.dump()).traceEventTypes?.toSorted();
    await transport.enableTraceEvent(["bwe", "probation"]);
    assert.deepEqual(await types(), ["bwe", "probation"]);
    await transport.enableTraceEvent([]);
    assert.deepEqual(await types(), []);
    await transport.enableTraceEvent(wrong(["probation", "chicken"]));
    assert.deepEqual(await types(), ["probation"]);
    await transport.enableTraceEvent();
    assert.deepEqual(await types(), []);
    await assertTypeErrors([
      ["no array", () => transport.enableTraceEvent(wrong("bwe")), /types must be an array/],
      ["no text", () => transport.enableTraceEvent(wrong([1])), /every type must be a string/],
    ]);
  }),
);

test(
  "dump() and getStats() tell the state of a new transport",
  withScene(async ({ transport }) => {
    const dump = await transport.dump();
    assert.equal(dump.id, transport.id);
    assert.deepEqual(dump.producerIds, []);
    assert.deepEqual(dump.consumerIds, []);
    assert.deepEqual(dump.rtpListener, { ssrcTable: [], midTable: [], ridTable: [] });
    assert.deepEqual(dump.recvRtpHeaderExtensions, {});
    assert.deepEqual(dump.dataProducerIds, []);
    assert.equal(dump.iceRole, "controlled");
    assert.deepEqual(dump.iceParameters, transport.iceParameters);
    assert.deepEqual(dump.iceCandidates, transport.iceCandidates);
    assert.equal(dump.iceState, "new");
    assert.equal(dump.iceSelectedTuple, undefined);
    assert.deepEqual(dump.dtlsParameters, transport.dtlsParameters);
    assert.equal(dump.dtlsState, "new");
    const stats = await transport.getStats();
    assert.equal(stats.length, 1);
    assert.equal(stats[0].type, "webrtc-transport");
    assert.equal(stats[0].transportId, transport.id);
    assert.equal(stats[0].iceRole, "controlled");
    assert.equal(stats[0].iceState, "new");
    assert.equal(stats[0].dtlsState, "new");
    assert.equal(typeof stats[0].timestamp, "number");
    for (
      const name of [
        "bytesReceived",
        "recvBitrate",
        "bytesSent",
        "sendBitrate",
        "rtpBytesReceived",
        "rtpRecvBitrate",
        "rtpBytesSent",
        "rtpSendBitrate",
        "rtxBytesReceived",
        "rtxRecvBitrate",
        "rtxBytesSent",
        "rtxSendBitrate",
        "probationBytesSent",
        "probationSendBitrate",
      ] as const
    ) assert.equal(stats[0][name], 0, name);
  }),
);

test(
  "dump() lists producers and consumers with their SSRCs",
  withScene(async (scene) => {
    const { producer, consumer, receiver } = await consumeNew(scene);
    const sending = await scene.transport.dump();
    assert.deepEqual(sending.producerIds, [producer.id]);
    assert.deepEqual(sending.rtpListener.ssrcTable, [{ key: 11111111, value: producer.id }]);
    assert.deepEqual(sending.rtpListener.midTable, [{ key: "AUDIO", value: producer.id }]);
    assert.equal(sending.recvRtpHeaderExtensions.mid, 10);
    const receiving = await receiver.dump();
    assert.deepEqual(receiving.consumerIds, [consumer.id]);
    const ssrc = consumer.rtpParameters.encodings?.[0].ssrc;
    assert.deepEqual(receiving.mapSsrcConsumerId, [{ key: ssrc, value: consumer.id }]);
  }),
);

test(
  "close() closes what the transport has, in order, once",
  withScene(async (scene) => {
    const { router, transport } = scene;
    const { producer, consumer, receiver } = await consumeNew(scene);
    const log: string[] = [];
    record(log, "producer", producer, ["transportclose"]);
    record(log, "producer.observer", producer.observer, ["close"]);
    record(log, "consumer", consumer, ["transportclose"]);
    record(log, "consumer.observer", consumer.observer, ["close"]);
    record(log, "transport", transport, ["routerclose", "listenserverclose"]);
    record(log, "transport.observer", transport.observer, ["close"]);
    producer.on("transportclose", () => log.push(`while ${transport.iceState}`));
    receiver.close();
    transport.close();
    transport.close();
    assert.deepEqual(log, [
      "consumer:transportclose",
      "consumer.observer:close",
      "producer:transportclose",
      "while closed",
      "producer.observer:close",
      "transport.observer:close",
    ]);
    assert.equal(transport.closed, true);
    assert.equal(transport.iceState, "closed");
    assert.equal(transport.dtlsState, "closed");
    assert.deepEqual((await router.dump()).transportIds, []);
    assert.equal(router.canConsume({ producerId: producer.id, rtpCapabilities: {} }), false);
  }),
);

test(
  "a closed transport rejects with NotFoundError",
  withScene(async ({ transport }) => {
    transport.close();
    for (
      const call of [
        () => transport.dump(),
        () => transport.getStats(),
        () => transport.connect({ dtlsParameters }),
        () => transport.restartIce(),
        () => transport.setMaxIncomingBitrate(0),
        () => transport.setMaxOutgoingBitrate(0),
        () => transport.setMinOutgoingBitrate(0),
        () => transport.enableTraceEvent(),
        () => transport.produce(audioOptions()),
      ]
    ) await assert.rejects(call, notFound, call.toString());
  }),
);

test(
  "data channels are not there yet and say so",
  withScene(async ({ transport }) => {
    await assert.rejects(transport.produceData(), unsupported);
    await assert.rejects(transport.consumeData({ dataProducerId: "x" }), unsupported);
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

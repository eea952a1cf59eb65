import assert from "node:assert/strict";
import { test } from "node:test";
import {
  assertTypeErrors,
  mediaCodecs,
  notFound,
  record,
  tcpInfo,
  udpInfo,
  withWorker,
  wrong,
} from "./support.ts";
import * as sluice from "../../mod.ts";
import type { WebRtcServer, WebRtcTransport } from "../../sfu/types.ts";

test(
  "createWebRtcServer() opens the sockets that it is told to",
  withWorker(async (worker) => {
    const seen: WebRtcServer[] = [];
    worker.observer.on("newwebrtcserver", (server) => seen.push(server));
    const server = await worker.createWebRtcServer({
      listenInfos: [
        { ...udpInfo, exposeInternalIp: true, announcedAddress: "1.2.3.4" },
        { ...tcpInfo, announcedAddress: "foo.bar.org" },
        { ...udpInfo, portRange: { min: 42000, max: 42100 } },
      ],
      appData: { foo: 123 },
    });
    assert.match(server.id, /^[0-9a-f-]{36}$/);
    assert.equal(server.closed, false);
    assert.deepEqual(server.appData, { foo: 123 });
    assert.deepEqual(seen, [server]);
    const dump = await server.dump();
    assert.equal(dump.id, server.id);
    assert.deepEqual(dump.udpSockets.map(({ ip }) => ip), ["127.0.0.1", "127.0.0.1"]);
    assert.deepEqual(dump.tcpServers.map(({ ip }) => ip), ["127.0.0.1"]);
    assert(dump.udpSockets[1].port >= 42000 && dump.udpSockets[1].port <= 42100);
    assert.deepEqual(dump.webRtcTransportIds, []);
    assert.deepEqual(dump.localIceUsernameFragments, []);
  }),
);

test(
  "createWebRtcServer() refuses wrong options",
  withWorker(async (worker) => {
    const bad = (options: unknown): () => Promise<unknown> => () =>
      worker.createWebRtcServer(wrong(options));
    const info = (more: object): () => Promise<unknown> =>
      bad({ listenInfos: [udpInfo, { ...udpInfo, ...more }] });
    await assertTypeErrors([
      ["nothing", bad(undefined), /options/],
      ["listenInfos", bad({}), /listenInfos/],
      ["listenInfos type", bad({ listenInfos: "NOT-AN-ARRAY" }), /listenInfos/],
      ["listenInfos empty", bad({ listenInfos: [] }), /listenInfos/],
      ["entry", bad({ listenInfos: ["x"] }), /listenInfos\[0\]/],
      ["protocol", info({ protocol: "sctp" }), /listenInfos\[1\]\.protocol/],
      ["ip", info({ ip: "localhost" }), /listenInfos\[1\]\.ip/],
      ["ip missing", info({ ip: undefined }), /listenInfos\[1\]\.ip/],
      ["announcedAddress", info({ announcedAddress: 1 }), /listenInfos\[1\]\.announcedAddress/],
      ["announcedIp", info({ announcedIp: 1 }), /listenInfos\[1\]\.announcedIp/],
      ["exposeInternalIp", info({ exposeInternalIp: 1 }), /exposeInternalIp/],
      ["port", info({ port: 65536 }), /listenInfos\[1\]\.port/],
      ["port negative", info({ port: -1 }), /listenInfos\[1\]\.port/],
      ["port text", info({ port: "80a" }), /listenInfos\[1\]\.port/],
      ["portRange", info({ portRange: 1 }), /listenInfos\[1\]\.portRange/],
      ["portRange.min", info({ portRange: { min: 2, max: 1 } }), /portRange\.min/],
      ["portRange.max", info({ portRange: { min: 2, max: 65536 } }), /portRange\.max/],
      ["portRange to 0", info({ portRange: { min: 10, max: 0 } }), /portRange\.min/],
      ["flags", info({ flags: true }), /listenInfos\[1\]\.flags/],
      ["flags.ipv6Only", info({ flags: { ipv6Only: "yes" } }), /flags\.ipv6Only/],
      ["flags.udpReusePort", info({ flags: { udpReusePort: 1 } }), /flags\.udpReusePort/],
      ["sendBufferSize", info({ sendBufferSize: -1 }), /sendBufferSize/],
      ["recvBufferSize", info({ recvBufferSize: 2 ** 40 }), /recvBufferSize/],
      ["appData", bad({ listenInfos: [udpInfo], appData: "x" }), /appData/],
    ]);
  }),
);

test(
  "a port that is taken, or an address that is not ours, is an Error",
  withWorker(async (worker) => {
    const first = await worker.createWebRtcServer({ listenInfos: [udpInfo] });
    const { port } = (await first.dump()).udpSockets[0];
    await assert.rejects(worker.createWebRtcServer({ listenInfos: [{ ...udpInfo, port }] }), Error);
    await assert.rejects(
      worker.createWebRtcServer({ listenInfos: [{ ...udpInfo, ip: "1.2.3.4" }] }),
      Error,
    );
    // Nothing of a failed server stays open.
    assert.deepEqual((await worker.dump()).webRtcServerIds, [first.id]);
  }),
);

test(
  "transports of a server are listed in it, until they close",
  withWorker(async (worker) => {
    const server = await worker.createWebRtcServer({ listenInfos: [udpInfo, tcpInfo] });
    const router = await worker.createRouter({ mediaCodecs });
    const log: string[] = [];
    const seen: WebRtcTransport[] = [];
    server.observer.on("webrtctransporthandled", (transport) => seen.push(transport));
    record(log, "server.observer", server.observer, ["webrtctransportunhandled"]);
    const transport = await router.createWebRtcTransport({ webRtcServer: server });
    record(log, "transport.observer", transport.observer, ["close"]);
    assert.deepEqual(seen, [transport]);
    const dump = await server.dump();
    assert.deepEqual(dump.webRtcTransportIds, [transport.id]);
    assert.deepEqual(dump.localIceUsernameFragments, [{
      localIceUsernameFragment: transport.iceParameters.usernameFragment,
      webRtcTransportId: transport.id,
    }]);
    const ports = transport.iceCandidates.map(({ protocol, port }) => `${protocol}:${port}`);
    assert.deepEqual(ports, [
      `udp:${dump.udpSockets[0].port}`,
      `tcp:${dump.tcpServers[0].port}`,
    ]);
    transport.close();
    assert.deepEqual(log, [
      "server.observer:webrtctransportunhandled",
      "transport.observer:close",
    ]);
    const after = await server.dump();
    assert.deepEqual(after.webRtcTransportIds, []);
    assert.deepEqual(after.localIceUsernameFragments, []);
  }),
);

test(
  "a transport that closes with its router leaves the server too",
  withWorker(async (worker) => {
    const server = await worker.createWebRtcServer({ listenInfos: [udpInfo] });
    const router = await worker.createRouter({ mediaCodecs });
    await router.createWebRtcTransport({ webRtcServer: server });
    let left = 0;
    server.observer.on("webrtctransportunhandled", () => ++left);
    router.close();
    assert.equal(left, 1);
    assert.deepEqual((await server.dump()).webRtcTransportIds, []);
    server.close();
    assert.equal(left, 1);
  }),
);

test(
  "close() closes the transports with listenserverclose",
  withWorker(async (worker) => {
    const server = await worker.createWebRtcServer({ listenInfos: [udpInfo] });
    const router = await worker.createRouter({ mediaCodecs });
    const transport = await router.createWebRtcTransport({ webRtcServer: server });
    const log: string[] = [];
    record(log, "server.observer", server.observer, ["close", "webrtctransportunhandled"]);
    record(log, "transport", transport, ["listenserverclose", "routerclose"]);
    record(log, "transport.observer", transport.observer, ["close"]);
    server.close();
    server.close();
    assert.deepEqual(log, [
      "transport:listenserverclose",
      "transport.observer:close",
      "server.observer:webrtctransportunhandled",
      "server.observer:close",
    ]);
    assert(server.closed && transport.closed);
    assert.equal(transport.iceState, "closed");
    assert.equal(transport.dtlsState, "closed");
    assert.equal(router.closed, false);
    assert.deepEqual((await router.dump()).transportIds, []);
    assert.deepEqual((await worker.dump()).webRtcServerIds, []);
    await assert.rejects(server.dump(), notFound);
    await assert.rejects(router.createWebRtcTransport({ webRtcServer: server }), notFound);
  }),
);

test(
  "a transport that is closed by whoever hears of it first does not stay in the server",
  withWorker(async (worker) => {
    const server = await worker.createWebRtcServer({ listenInfos: [udpInfo] });
    const router = await worker.createRouter({ mediaCodecs });
    const log: string[] = [];
    record(log, "server.observer", server.observer, [
      "webrtctransporthandled",
      "webrtctransportunhandled",
    ]);
    router.observer.once("newtransport", (transport) => transport.close());
    const transport = await router.createWebRtcTransport({ webRtcServer: server });
    record(log, "transport", transport, ["listenserverclose"]);
    assert.equal(transport.closed, true);
    server.close();
    assert.deepEqual(log, []);
  }),
);

test(
  "a server of another worker is not found",
  withWorker(async (worker) => {
    const other = await sluice.createWorker();
    const server = await other.createWebRtcServer({ listenInfos: [udpInfo] });
    const router = await worker.createRouter({ mediaCodecs });
    await assert.rejects(router.createWebRtcTransport({ webRtcServer: server }), notFound);
    other.close();
  }),
);

test(
  "a server can be asked for UDP or TCP only",
  withWorker(async (worker) => {
    const server = await worker.createWebRtcServer({ listenInfos: [tcpInfo, udpInfo] });
    const router = await worker.createRouter({ mediaCodecs });
    const protocols = async (options: object): Promise<string[]> => {
      const transport = await router.createWebRtcTransport({ webRtcServer: server, ...options });
      return transport.iceCandidates.map(({ protocol }) => protocol);
    };
    assert.deepEqual(await protocols({}), ["tcp", "udp"]);
    assert.deepEqual(await protocols({ enableTcp: false }), ["udp"]);
    assert.deepEqual(await protocols({ enableUdp: false }), ["tcp"]);
  }),
);

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import type { PlainTransportOptions, SrtpCryptoSuite, SrtpParameters } from "../../sfu/types.ts";
import { assertListens, callsOf, wrongAddresses, wrongOptions } from "./one_port_transport.ts";
import {
  assertTypeErrors,
  notFound,
  record,
  tcpInfo,
  udpInfo,
  unsupported,
  withScene,
  wrong,
} from "./support.ts";

/** Bytes of master key and salt (RFC 3711, 8.2; RFC 7714, 12). */
const keyBytes: Record<SrtpCryptoSuite, number> = {
  AEAD_AES_256_GCM: 44,
  AEAD_AES_128_GCM: 28,
  AES_CM_128_HMAC_SHA1_80: 30,
  AES_CM_128_HMAC_SHA1_32: 30,
};

function srtpKey(cryptoSuite: SrtpCryptoSuite): SrtpParameters {
  return { cryptoSuite, keyBase64: Buffer.alloc(keyBytes[cryptoSuite], 7).toString("base64") };
}

test(
  "createPlainTransport() listens for RTP and RTCP on one port",
  withScene(async ({ router }) => {
    const portRange = { min: 42200, max: 42300 };
    const transport = await router.createPlainTransport({
      listenInfo: { ...udpInfo, announcedAddress: "9.9.9.1", portRange },
      appData: { foo: "bar" },
    });
    assert.equal(transport.type, "plain");
    assert.deepEqual(transport.appData, { foo: "bar" });
    await assertListens(transport, "9.9.9.1", portRange);
    assert.equal(transport.rtcpTuple, undefined);
    const dump = await transport.dump();
    assert.equal(dump.rtcpMux, true);
    assert.equal(dump.comedia, false);
    const [stats] = await transport.getStats();
    assert.equal(stats.type, "plain-rtp-transport");
    assert.equal(stats.rtcpMux, true);
    assert.equal(stats.comedia, false);
  }),
);

test(
  "createPlainTransport() opens a port for RTCP",
  withScene(async ({ router }) => {
    const transport = await router.createPlainTransport({
      listenInfo: udpInfo,
      rtcpListenInfo: { ...udpInfo, announcedAddress: "9.9.9.2" },
    });
    assert.equal(transport.rtcpTuple?.localAddress, "9.9.9.2");
    assert.notEqual(transport.rtcpTuple?.localPort, transport.tuple.localPort);
    assert.equal((await transport.dump()).rtcpMux, false);
    const other = await router.createPlainTransport({ listenInfo: udpInfo, rtcpMux: false });
    assert.equal(other.rtcpTuple?.localAddress, "127.0.0.1");
    await other.connect({ ip: "127.0.0.1", port: 9998, rtcpPort: 9999 });
    assert.equal(other.tuple.remotePort, 9998);
    assert.equal(other.rtcpTuple?.remotePort, 9999);
  }),
);

test(
  "createPlainTransport() takes the deprecated listenIp and port",
  withScene(async ({ router }) => {
    const first = await router.createPlainTransport({
      listenIp: { ip: "127.0.0.1", announcedIp: "9.9.9.3" },
    });
    assert.equal(first.tuple.localAddress, "9.9.9.3");
    const port = first.tuple.localPort;
    first.close();
    const second = await router.createPlainTransport({ listenIp: "127.0.0.1", port });
    assert.equal(second.tuple.localPort, port);
    assert.equal(second.tuple.localAddress, "127.0.0.1");
  }),
);

test(
  "createPlainTransport() refuses wrong options",
  withScene(async ({ router }) => {
    const create = (options: PlainTransportOptions) => router.createPlainTransport(options);
    const { more } = callsOf(create);
    await assertTypeErrors([
      ...wrongOptions(create),
      ["rtcpListenInfo", more({ rtcpListenInfo: 1 }), /rtcpListenInfo/],
      ["rtcp over tcp", more({ rtcpListenInfo: tcpInfo }), /rtcpListenInfo\.protocol/],
      ["rtcpMux", more({ rtcpMux: 1 }), /rtcpMux/],
      ["comedia", more({ comedia: "x" }), /comedia/],
      ["suite", more({ enableSrtp: true, srtpCryptoSuite: "x" }), /invalid SrtpCryptoSuite: x/],
    ]);
    await assert.rejects(more({ enableSctp: true }), unsupported);
  }),
);

test(
  "connect() sets where to send, once",
  withScene(async ({ router }) => {
    const transport = await router.createPlainTransport({ listenInfo: udpInfo });
    await transport.connect({ ip: "127.0.0.1", port: 9999 });
    assert.equal(transport.tuple.remoteIp, "127.0.0.1");
    assert.equal(transport.tuple.remotePort, 9999);
    assert.equal(transport.tuple.protocol, "udp");
    await assert.rejects(transport.connect({ ip: "127.0.0.1", port: 9999 }), { name: "Error" });
  }),
);

test(
  "connect() refuses what is wrong, missing or has no place",
  withScene(async ({ router }) => {
    const mux = await router.createPlainTransport({ listenInfo: udpInfo });
    const split = await router.createPlainTransport({ listenInfo: udpInfo, rtcpMux: false });
    const ip = "127.0.0.1";
    await assertTypeErrors([
      ...wrongAddresses(mux),
      ["rtcpPort", () => mux.connect({ ip, port: 9, rtcpPort: 10 }), /rtcpPort with rtcpMux/],
      ["no rtcpPort", () => split.connect({ ip, port: 9 }), /missing rtcpPort/],
      ["rtcpPort range", () => split.connect({ ip, port: 9, rtcpPort: -1 }), /rtcpPort/],
      [
        "SRTP",
        () => mux.connect({ ip, port: 9, srtpParameters: srtpKey("AEAD_AES_128_GCM") }),
        /SRTP not enabled/,
      ],
    ]);
    await mux.connect({ ip, port: 9 });
    await split.connect({ ip, port: 9, rtcpPort: 10 });
  }),
);

test(
  "each SRTP suite makes a key of its own length",
  withScene(async ({ router }) => {
    for (const cryptoSuite of Object.keys(keyBytes) as SrtpCryptoSuite[]) {
      const transport = await router.createPlainTransport({
        listenInfo: udpInfo,
        enableSrtp: true,
        srtpCryptoSuite: cryptoSuite,
      });
      assert.equal(transport.srtpParameters?.cryptoSuite, cryptoSuite);
      const key = Buffer.from(transport.srtpParameters?.keyBase64 ?? "", "base64");
      assert.equal(key.length, keyBytes[cryptoSuite]);
      await transport.connect({ ip: "127.0.0.1", port: 9, srtpParameters: srtpKey(cryptoSuite) });
      assert.deepEqual((await transport.dump()).srtpParameters, transport.srtpParameters);
    }
  }),
);

test(
  "the other end's SRTP suite wins, and gets a new key",
  withScene(async ({ router }) => {
    const transport = await router.createPlainTransport({ listenInfo: udpInfo, enableSrtp: true });
    assert.equal(transport.srtpParameters?.cryptoSuite, "AES_CM_128_HMAC_SHA1_80");
    const srtpParameters = srtpKey("AEAD_AES_256_GCM");
    await transport.connect({ ip: "127.0.0.1", port: 9, srtpParameters });
    assert.equal(transport.srtpParameters?.cryptoSuite, "AEAD_AES_256_GCM");
    assert.equal(Buffer.from(transport.srtpParameters?.keyBase64 ?? "", "base64").length, 44);
  }),
);

test(
  "connect() refuses wrong SRTP parameters",
  withScene(async ({ router }) => {
    const transport = await router.createPlainTransport({
      listenInfo: udpInfo,
      comedia: true,
      enableSrtp: true,
    });
    const good = srtpKey("AES_CM_128_HMAC_SHA1_80");
    const bad = (srtpParameters: unknown): () => Promise<void> => () =>
      transport.connect({ srtpParameters: wrong(srtpParameters) });
    await assertTypeErrors([
      ["missing", bad(undefined), /missing srtpParameters/],
      ["no object", bad(1), /srtpParameters/],
      ["suite", bad({ ...good, cryptoSuite: "FOO" }), /invalid SrtpCryptoSuite: FOO/],
      ["no suite", bad({ keyBase64: good.keyBase64 }), /cryptoSuite/],
      ["no key", bad({ cryptoSuite: good.cryptoSuite }), /keyBase64/],
      ["key type", bad({ ...good, keyBase64: [] }), /keyBase64/],
      ["key length", bad({ ...good, keyBase64: "AAAA" }), /keyBase64/],
      ["key alphabet", bad({ ...good, keyBase64: `!${good.keyBase64.slice(1)}` }), /keyBase64/],
    ]);
    await transport.connect({ srtpParameters: good });
  }),
);

test(
  "close() closes with the router as well as alone",
  withScene(async ({ router }) => {
    const first = await router.createPlainTransport({ listenInfo: udpInfo });
    const second = await router.createPlainTransport({ listenInfo: udpInfo });
    const log: string[] = [];
    record(log, "first.observer", first.observer, ["close"]);
    record(log, "second", second, ["routerclose"]);
    record(log, "second.observer", second.observer, ["close"]);
    first.close();
    router.close();
    assert.deepEqual(log, ["first.observer:close", "second:routerclose", "second.observer:close"]);
    await assert.rejects(first.dump(), notFound);
    await assert.rejects(first.connect({ ip: "127.0.0.1", port: 9 }), notFound);
  }),
);

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import type { PipeTransport, PipeTransportOptions, Router } from "../../sfu/types.ts";
import { assertListens, callsOf, wrongAddresses, wrongOptions } from "./one_port_transport.ts";
import {
  assertTypeErrors,
  audioOptions,
  notFound,
  record,
  udpInfo,
  unsupported,
  withScene,
  workerClosed,
  wrong,
} from "./support.ts";

const ip = "127.0.0.1";

/** Master key and salt of AEAD_AES_256_GCM (RFC 7714, 12). */
const srtpParameters = {
  cryptoSuite: "AEAD_AES_256_GCM" as const,
  keyBase64: Buffer.alloc(44, 7).toString("base64"),
};

const open = (router: Router, more: object = {}): Promise<PipeTransport> =>
  router.createPipeTransport({ listenInfo: udpInfo, ...more });

test(
  "createPipeTransport() listens on one port",
  withScene(async ({ router }) => {
    const announced: string[] = [];
    router.observer.on("newtransport", ({ id }) => announced.push(id));
    const portRange = { min: 42400, max: 42500 };
    const transport = await router.createPipeTransport({
      listenInfo: { ...udpInfo, announcedAddress: "9.9.9.1", portRange },
      enableRtx: true,
      appData: { foo: "bar" },
    });
    assert.deepEqual(announced, [transport.id]);
    assert.equal(transport.type, "pipe");
    assert.equal(transport.closed, false);
    assert.deepEqual(transport.appData, { foo: "bar" });
    await assertListens(transport, "9.9.9.1", portRange);
    const dump = await transport.dump();
    assert.equal(dump.rtx, true);
    assert.equal(dump.srtpParameters, undefined);
    assert.deepEqual([dump.producerIds, dump.consumerIds], [[], []]);
    const [stats] = await transport.getStats();
    assert.equal(stats.type, "pipe-transport");
    assert.equal((await (await open(router)).dump()).rtx, false);
  }),
);

test(
  "createPipeTransport() takes IPv6, and the deprecated listenIp and port",
  withScene(async ({ router }) => {
    const six = await open(router, { listenInfo: { protocol: "udp", ip: "::1" } });
    assert.equal(six.tuple.localAddress, "::1");
    await six.connect({ ip: "::1", port: 9999 });
    assert.equal(six.tuple.remoteIp, "::1");
    const first = await router.createPipeTransport({ listenIp: { ip, announcedIp: "9.9.9.3" } });
    assert.equal(first.tuple.localAddress, "9.9.9.3");
    const port = first.tuple.localPort;
    first.close();
    const second = await router.createPipeTransport({ listenIp: ip, port });
    assert.equal(second.tuple.localPort, port);
  }),
);

test(
  "createPipeTransport() refuses wrong options",
  withScene(async ({ router }) => {
    const create = (options: PipeTransportOptions) => router.createPipeTransport(options);
    const { more } = callsOf(create);
    await assertTypeErrors([
      ...wrongOptions(create),
      ["enableRtx", more({ enableRtx: 1 }), /enableRtx/],
    ]);
    await assert.rejects(more({ enableSctp: true }), unsupported);
  }),
);

test(
  "connect() sets where to send, once",
  withScene(async ({ router }) => {
    const transport = await open(router);
    await assertTypeErrors([
      ...wrongAddresses(transport),
      ["SRTP", () => transport.connect({ ip, port: 9, srtpParameters }), /SRTP not enabled/],
    ]);
    assert.equal(transport.tuple.remotePort, undefined);
    await transport.connect({ ip, port: 9999 });
    assert.equal(transport.tuple.remoteIp, ip);
    assert.equal(transport.tuple.remotePort, 9999);
    assert.deepEqual((await transport.dump()).tuple, transport.tuple);
    await assert.rejects(transport.connect({ ip, port: 9999 }), { name: "Error" });
  }),
);

test(
  "SRTP is AEAD_AES_256_GCM alone",
  withScene(async ({ router }) => {
    const transport = await open(router, { enableSrtp: true });
    assert.equal(transport.srtpParameters?.cryptoSuite, "AEAD_AES_256_GCM");
    assert.equal(Buffer.from(transport.srtpParameters?.keyBase64 ?? "", "base64").length, 44);
    assert.deepEqual((await transport.dump()).srtpParameters, transport.srtpParameters);
    const bad = (given: unknown) => () =>
      transport.connect({ ip, port: 9, srtpParameters: wrong(given) });
    const short = { cryptoSuite: "AEAD_AES_128_GCM", keyBase64: "A".repeat(38) };
    await assertTypeErrors([
      ["missing", bad(undefined), /missing srtpParameters/],
      ["no object", bad(1), /srtpParameters/],
      ["suite", bad({ ...srtpParameters, cryptoSuite: "FOO" }), /invalid SrtpCryptoSuite: FOO/],
      [
        "other suite",
        bad({ ...short, keyBase64: Buffer.alloc(28).toString("base64") }),
        /cryptoSuite/,
      ],
      ["no key", bad({ cryptoSuite: srtpParameters.cryptoSuite }), /keyBase64/],
      ["key length", bad({ ...srtpParameters, keyBase64: "AAAA" }), /keyBase64/],
    ]);
    const { srtpParameters: ours } = transport;
    await transport.connect({ ip, port: 9, srtpParameters });
    assert.deepEqual(transport.srtpParameters, ours);
  }),
);

test(
  "a pipe transport closes alone, with its router and with its worker",
  withScene(async ({ worker, router, transport }) => {
    const producer = await transport.produce(audioOptions());
    const alone = await open(router);
    const consumer = await alone.consume({ producerId: producer.id });
    const log: string[] = [];
    record(log, "consumer", consumer, ["transportclose", "producerclose"]);
    record(log, "consumer.observer", consumer.observer, ["close"]);
    record(log, "alone", alone, ["routerclose"]);
    record(log, "alone.observer", alone.observer, ["close"]);
    alone.close();
    alone.close();
    assert.deepEqual(log, [
      "consumer:transportclose",
      "consumer.observer:close",
      "alone.observer:close",
    ]);
    for (
      const call of [
        () => alone.dump(),
        () => alone.getStats(),
        () => alone.connect({ ip, port: 9 }),
        () => alone.consume({ producerId: producer.id }),
        () => alone.produce(audioOptions(5)),
      ]
    ) await assert.rejects(call, notFound, call.toString());

    const other = await worker.createRouter();
    const withRouter = await open(other);
    record(log, "withRouter", withRouter, ["routerclose"]);
    record(log, "withRouter.observer", withRouter.observer, ["close"]);
    other.close();
    assert.deepEqual(log.slice(3), ["withRouter:routerclose", "withRouter.observer:close"]);
    await assert.rejects(open(other), notFound);

    const withWorker = await open(router);
    worker.close();
    assert.equal(withWorker.closed, true);
    await assert.rejects(withWorker.dump(), workerClosed);
    await assert.rejects(open(router), workerClosed);
  }),
);

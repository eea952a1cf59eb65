import assert from "node:assert/strict";
import { test } from "node:test";
import type { PipeToRouterOptions } from "../../sfu/types.ts";
import { leftovers, withRouters } from "./pipe_scene.ts";
import {
  assertTypeErrors,
  consumerCapabilities,
  notFound,
  udpInfo,
  unsupported,
  workerClosed,
  wrong,
} from "./support.ts";

test(
  "pipeToRouter() makes the producer one of the other router",
  withRouters(async ({ from, to, audio, video, pipes }) => {
    await audio.pause();
    for (const producer of [audio, video]) {
      const { pipeConsumer, pipeProducer, ...rest } = await from.pipeToRouter({
        producerId: producer.id,
        router: to,
      });
      assert(pipeConsumer && pipeProducer);
      assert.deepEqual(rest, {});
      assert.equal(pipeConsumer.type, "pipe");
      assert.equal(pipeConsumer.producerId, producer.id);
      assert.equal(pipeConsumer.kind, producer.kind);
      assert.equal(pipeConsumer.paused, false);
      assert.equal(pipeConsumer.producerPaused, producer.paused);
      assert.deepEqual(pipeConsumer.appData, producer.appData);
      assert.equal(pipeProducer.id, producer.id);
      assert.equal(pipeProducer.kind, producer.kind);
      assert.equal(pipeProducer.paused, producer.paused);
      assert.deepEqual(pipeProducer.appData, producer.appData);
      assert.deepEqual(pipeProducer.rtpParameters, {
        ...pipeConsumer.rtpParameters,
        headerExtensions: pipeProducer.rtpParameters.headerExtensions,
      });
      const { producerId, rtpCapabilities } = {
        producerId: producer.id,
        rtpCapabilities: consumerCapabilities,
      };
      assert.equal(to.canConsume({ producerId, rtpCapabilities }), true);
      const receiver = await to.createWebRtcTransport({ listenInfos: [udpInfo] });
      const consumer = await receiver.consume({ producerId, rtpCapabilities });
      assert.equal(consumer.producerPaused, producer.paused);
    }
    assert.deepEqual([pipes.from.length, pipes.to.length], [1, 1]);
  }),
);

test(
  "the pair is linked within the engine and has no ports",
  withRouters(async ({ from, to, audio, pipes }) => {
    await from.pipeToRouter({ producerId: audio.id, router: to, enableRtx: true });
    for (const pipe of [...pipes.from, ...pipes.to]) {
      const tuple = {
        localIp: "127.0.0.1",
        localAddress: "127.0.0.1",
        localPort: 0,
        protocol: "udp",
      };
      assert.deepEqual(pipe.tuple, tuple);
      assert.equal(pipe.srtpParameters, undefined);
      const dump = await pipe.dump();
      assert.equal(dump.rtx, true);
      assert.deepEqual(dump.tuple, tuple);
      const [stats] = await pipe.getStats();
      assert.equal(stats.type, "pipe-transport");
      assert.deepEqual(stats.tuple, tuple);
      await assert.rejects(pipe.connect({ ip: "127.0.0.1", port: 9 }), { name: "Error" });
    }
  }),
);

for (
  const [name, more, address, isEncrypted] of [
    ["listenInfo", { listenInfo: udpInfo }, "127.0.0.1", false],
    ["listenInfo of IPv6", { listenInfo: { protocol: "udp", ip: "::1" } }, "::1", false],
    ["listenIp", { listenIp: "127.0.0.1" }, "127.0.0.1", false],
    ["enableSrtp", { enableSrtp: true }, "127.0.0.1", true],
  ] as [string, Partial<PipeToRouterOptions>, string, boolean][]
) {
  test(
    `the pair goes over UDP with ${name}`,
    withRouters(async ({ from, to, audio, pipes }) => {
      await from.pipeToRouter(wrong({ producerId: audio.id, router: to, ...more }));
      const [{ tuple: one, srtpParameters }] = pipes.from;
      const [{ tuple: other }] = pipes.to;
      assert.deepEqual([one.localAddress, one.remoteIp], [address, address]);
      assert.notEqual(one.localPort, 0);
      assert.equal(one.remotePort, other.localPort);
      assert.equal(other.remotePort, one.localPort);
      assert.equal(srtpParameters?.cryptoSuite, isEncrypted ? "AEAD_AES_256_GCM" : undefined);
    }),
  );
}

test(
  "pipeToRouter() refuses wrong options and leaves nothing",
  withRouters(async (scene) => {
    const { from, to, audio, pipes } = scene;
    const bad = (options: unknown) => () => from.pipeToRouter(wrong(options));
    const more = (options: object) => bad({ producerId: audio.id, router: to, ...options });
    await assertTypeErrors([
      ["nothing", bad(undefined), /options/],
      ["no producerId", bad({ router: to }), /missing producerId or dataProducerId/],
      ["both ids", more({ dataProducerId: "x" }), /just producerId or dataProducerId/],
      ["producerId", more({ producerId: 1 }), /producerId/],
      ["dataProducerId", bad({ dataProducerId: 1, router: to }), /dataProducerId/],
      ["no router", bad({ producerId: audio.id }), /Router not found/],
      ["router", more({ router: {} }), /Router not found/],
      ["itself", more({ router: from }), /cannot use this Router as destination/],
      ["keepId", more({ keepId: 1 }), /keepId/],
      ["both listens", more({ listenInfo: udpInfo, listenIp: "::1" }), /only one of listenInfo/],
      ["listenInfo", more({ listenInfo: { protocol: "tcp", ip: "::1" } }), /listenInfo\.protocol/],
      ["listenIp", more({ listenIp: "x" }), /listenIp/],
      ["enableRtx", more({ enableRtx: 1 }), /enableRtx/],
      ["enableSrtp", more({ enableSrtp: 1 }), /enableSrtp/],
      ["enableSctp", more({ enableSctp: 1 }), /enableSctp/],
    ]);
    await assert.rejects(more({ enableSctp: true }), unsupported);
    await assert.rejects(bad({ dataProducerId: "x", router: to }), unsupported);
    await assert.rejects(more({ producerId: "nobody" }), notFound);
    assert.deepEqual([pipes.from, pipes.to], [[], []]);
    assert.equal(await leftovers(scene), 0);
  }),
);

test(
  "routers of one worker need keepId false",
  withRouters(async ({ from, to, audio }) => {
    const options = { producerId: audio.id, router: to };
    await assert.rejects(from.pipeToRouter(options), (error: Error) => {
      assert(error instanceof TypeError);
      assert.match(error.message, /keepId/);
      return true;
    });
    const { pipeProducer } = await from.pipeToRouter({ ...options, keepId: false });
    assert(pipeProducer);
    assert.notEqual(pipeProducer.id, audio.id);
    const again = await from.pipeToRouter({ ...options, keepId: false });
    assert.notEqual(again.pipeProducer?.id, pipeProducer.id);
  }, "one worker"),
);

test(
  "a producer that is there already is refused, and the pair stays",
  withRouters(async ({ from, to, audio, pipes }) => {
    const options = { producerId: audio.id, router: to };
    const { pipeConsumer, pipeProducer } = await from.pipeToRouter(options);
    await assert.rejects(from.pipeToRouter(options), TypeError);
    assert.deepEqual([pipeConsumer?.closed, pipeProducer?.closed], [false, false]);
    assert.deepEqual([pipes.from.length, pipes.to.length], [1, 1]);
    assert.equal((await pipes.from[0].dump()).consumerIds.length, 1);
  }),
);

test(
  "pipeToRouter() of what is closed is refused",
  withRouters(async (scene) => {
    const { workers, from, to, audio, video } = scene;
    audio.close();
    await assert.rejects(from.pipeToRouter({ producerId: audio.id, router: to }), notFound);
    const closed = await workers[1].createRouter();
    closed.close();
    const options = { producerId: video.id, router: closed };
    await assert.rejects(from.pipeToRouter(options), notFound);
    assert.equal(await leftovers(scene), 0);
    workers[1].close();
    await assert.rejects(from.pipeToRouter({ ...options, router: to }), workerClosed);
    assert.equal((await from.dump()).transportIds.length, 1);
    from.close();
    await assert.rejects(from.pipeToRouter(options), notFound);
    workers[0].close();
    await assert.rejects(from.pipeToRouter(options), workerClosed);
  }),
);

test(
  "a router that lacks the codec refuses the producer, and takes others",
  withRouters(async ({ workers, from, audio, video }) => {
    const to = await workers[1].createRouter({
      mediaCodecs: [{ kind: "audio", mimeType: "audio/opus", clockRate: 48000, channels: 2 }],
    });
    await assert.rejects(from.pipeToRouter({ producerId: video.id, router: to }), unsupported);
    assert.deepEqual((await from.dump()).mapConsumerIdProducerId, []);
    const { pipeProducer } = await from.pipeToRouter({ producerId: audio.id, router: to });
    assert.equal(pipeProducer?.closed, false);
  }),
);

/** The pair of transports behind pipeToRouter(): shared, closed together, made again. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { leftovers, withRouters } from "./pipe_scene.ts";
import { notFound, record, udpInfo } from "./support.ts";

test(
  "concurrent calls share one pair, in both directions",
  withRouters(async (scene) => {
    const { from, to, audio, video, pipes } = scene;
    const other = await to.createPlainTransport({ listenInfo: udpInfo, comedia: true });
    const back = await other.produce({
      kind: "audio",
      rtpParameters: {
        codecs: [{ mimeType: "audio/opus", payloadType: 111, clockRate: 48000, channels: 2 }],
        encodings: [{ ssrc: 77 }],
      },
    });
    const results = await Promise.all([
      from.pipeToRouter({ producerId: audio.id, router: to }),
      to.pipeToRouter({ producerId: back.id, router: from }),
      from.pipeToRouter({ producerId: video.id, router: to, enableSrtp: true }),
    ]);
    assert.deepEqual([pipes.from.length, pipes.to.length], [1, 1]);
    const ids = results.map(({ pipeProducer }) => pipeProducer?.id);
    assert.deepEqual(ids, [audio.id, back.id, video.id]);
    const dumps = await Promise.all([pipes.from[0].dump(), pipes.to[0].dump()]);
    assert.deepEqual(dumps.map((it) => it.consumerIds.length), [2, 1]);
    assert.deepEqual(dumps.map((it) => it.producerIds.length), [1, 2]);
  }),
);

test(
  "concurrent calls share the failure too, which leaves nothing and can be retried",
  withRouters(async (scene) => {
    const { from, to, audio, video, pipes } = scene;
    // Both ends cannot have the one port.
    const busy = await from.createPlainTransport({ listenInfo: udpInfo });
    const port = busy.tuple.localPort;
    const failing = [audio, video].map(({ id }) =>
      from.pipeToRouter({ producerId: id, router: to, listenInfo: { ...udpInfo, port } })
    );
    const results = await Promise.allSettled(failing);
    assert.deepEqual(results.map(({ status }) => status), ["rejected", "rejected"]);
    busy.close();
    assert.equal(await leftovers(scene), 0);

    // Now the first end gets the port, and the second does not.
    const listenInfo = { ...udpInfo, port };
    const half = from.pipeToRouter({ producerId: audio.id, router: to, listenInfo });
    await assert.rejects(half, { name: "Error" });
    assert.equal(pipes.from.length, 1);
    assert.equal(pipes.from[0].closed, true);
    assert.equal(await leftovers(scene), 0);

    for (const [one, other] of [[from, to], [to, from]]) {
      const { id: producerId } = one === from ? audio : await producerOf(one);
      const { pipeProducer } = await one.pipeToRouter({ producerId, router: other });
      assert.equal(pipeProducer?.closed, false);
    }
    assert.deepEqual([pipes.from.length, pipes.to.length], [2, 1]);
  }),
);

async function producerOf(
  router: Parameters<typeof leftovers>[0]["to"],
): Promise<{ id: string }> {
  const transport = await router.createPlainTransport({ listenInfo: udpInfo, comedia: true });
  return await transport.produce({
    kind: "audio",
    rtpParameters: {
      codecs: [{ mimeType: "audio/opus", payloadType: 111, clockRate: 48000, channels: 2 }],
      encodings: [{ ssrc: 77 }],
    },
  });
}

test(
  "listeners that close what a pipe is made of make it fail, and leave nothing",
  withRouters(async (scene) => {
    const { from, to, audio, video } = scene;
    const options = { producerId: audio.id, router: to };
    to.observer.once("newtransport", (transport) => transport.close());
    await assert.rejects(from.pipeToRouter(options), notFound);
    assert.equal(await leftovers(scene), 0);

    from.observer.once("newtransport", ({ observer }) => {
      observer.once("newconsumer", (consumer) => consumer.close());
    });
    await assert.rejects(from.pipeToRouter(options), notFound);
    to.observer.removeAllListeners();
    assert.equal(await leftovers(scene), 2);
    const { pipeConsumer } = await from.pipeToRouter(options);
    assert.equal(pipeConsumer?.closed, false);

    const late = from.pipeToRouter({ producerId: video.id, router: to });
    video.close();
    await assert.rejects(late, notFound);
    assert.equal((await to.dump()).mapProducerIdConsumerIds.length, 1);
  }),
);

test(
  "either transport of a pair closes the other, and the next call makes a new pair",
  withRouters(async ({ from, to, audio, video, pipes }) => {
    for (const [round, side] of (["from", "to"] as const).entries()) {
      const { pipeConsumer, pipeProducer } = await from.pipeToRouter({
        producerId: audio.id,
        router: to,
      });
      await from.pipeToRouter({ producerId: video.id, router: to });
      const log: string[] = [];
      record(log, "consumer", pipeConsumer, ["transportclose", "producerclose"]);
      record(log, "producer", pipeProducer, ["transportclose"]);
      record(log, "from.observer", pipes.from[round].observer, ["close"]);
      record(log, "to.observer", pipes.to[round].observer, ["close"]);
      pipes[side][round].close();
      assert.deepEqual(
        log,
        side === "from"
          ? ["consumer:transportclose", "to.observer:close", "from.observer:close"]
          : ["producer:transportclose", "from.observer:close", "to.observer:close"],
      );
      assert.deepEqual([pipeConsumer?.closed, pipeProducer?.closed], [true, true]);
      assert.deepEqual([audio.closed, video.closed], [false, false]);
    }
    assert.deepEqual([pipes.from.length, pipes.to.length], [2, 2]);
  }),
);

for (
  const [name, end] of [
    ["the first router", ({ from }) => from.close()],
    ["the second router", ({ to }) => to.close()],
    ["the first worker", ({ workers }) => workers[0].close()],
    ["the second worker", ({ workers }) => workers[1].close()],
  ] as [string, (scene: Parameters<typeof leftovers>[0]) => void][]
) {
  test(
    `nothing of a pipe outlives ${name}`,
    withRouters(async (scene) => {
      const { from, to, audio, pipes, workers } = scene;
      const { pipeConsumer, pipeProducer } = await from.pipeToRouter({
        producerId: audio.id,
        router: to,
      });
      end(scene);
      const parts = [pipeConsumer, pipeProducer, ...pipes.from, ...pipes.to];
      assert.deepEqual(parts.map((it) => it?.closed), [true, true, true, true]);
      assert.equal(from.closed || to.closed, true);
      for (const [router, own] of [[from, 1], [to, 0]] as const) {
        if (!router.closed) assert.equal((await router.dump()).transportIds.length, own);
      }
      assert.deepEqual(workers.map(({ died }) => died), [false, false]);
    }),
  );
}

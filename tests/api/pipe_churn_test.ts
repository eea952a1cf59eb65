/** Pipes that come and go while media passes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Flow } from "./pipe_flow.ts";
import { leftovers, withRouters } from "./pipe_scene.ts";
import { wrong } from "./support.ts";

const rounds = 300;

test(
  "pipes that end in each way, in mid-stream and by turns, leave nothing",
  withRouters(async (scene) => {
    const { from, to, pipes } = scene;
    const flow = await Flow.open(from);
    try {
      await flow.addReceiver(from, flow.producer.id);
      let ended = false;
      const sending = (async () => {
        while (!ended) await flow.pass(5);
      })();
      for (let round = 0; round < rounds; ++round) {
        const { pipeConsumer, pipeProducer } = await from.pipeToRouter(wrong({
          producerId: flow.producer.id,
          router: to,
          enableRtx: round % 2 === 0,
          enableSrtp: round % 5 === 4,
        }));
        const receiver = await to.createPlainTransport({ listenIp: "127.0.0.1", comedia: true });
        const { rtpCapabilities } = to;
        const consumer = await receiver.consume({ producerId: flow.producer.id, rtpCapabilities });
        // Some packets are under way.
        await flow.receivers[0].count(flow.receivers[0].received.length + 2);
        const pair = [pipes.from[pipes.from.length - 1], pipes.to[pipes.to.length - 1]];
        const parts = [pipeConsumer, pipeProducer, ...pair];
        parts[round % parts.length]?.close();
        assert.deepEqual([pipeConsumer?.closed, pipeProducer?.closed], [true, true]);
        receiver.close();
        assert.equal(consumer.closed, true);
        pair[0].close();
        assert.equal(pair[1].closed, true);
      }
      ended = true;
      await sending;
      flow.assertComplete();
      // The flow's way in and out.
      assert.equal(await leftovers(scene), 2);
      assert.equal(pipes.from.length, rounds);
    } finally {
      flow.close();
    }
  }),
);

/** Rooms, people and pipes of a pool that come and go while media passes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Flow } from "./pipe_flow.ts";
import { sizes, transportIds, withPool } from "./pool_scene.ts";
import { consumerCapabilities as rtpCapabilities, mediaCodecs, udpInfo } from "./support.ts";

const rounds = 300;

/** Runs `churn` while packets of a flow arrive, and asserts that nothing of the flow was lost. */
async function whilePassing(flow: Flow, churn: () => Promise<void>): Promise<void> {
  let ended = false;
  const passing = (async () => {
    while (!ended) await flow.pass(5, [flow.receivers[0]]);
  })();
  await churn();
  ended = true;
  await passing;
  flow.assertComplete([flow.receivers[0]]);
}

test(
  "viewers on every worker come and go in mid-stream, in each way, and leave nothing",
  withPool(async ({ pool, router }) => {
    const flow = await Flow.open(router);
    try {
      await flow.addReceiver(router, flow.producer.id);
      const { id: producerId } = flow.producer;
      const before = await transportIds(router);
      await whilePassing(flow, async () => {
        for (let round = 0; round < rounds; ++round) {
          const viewers = [];
          for (let i = 0; i < 4; ++i) {
            const transport = await router.createPlainTransport({ listenInfo: udpInfo });
            viewers.push({
              transport,
              consumer: await transport.consume({ producerId, rtpCapabilities }),
            });
          }
          const { received } = flow.receivers[0];
          await flow.receivers[0].count(received.length + 2);
          for (const [i, { transport, consumer }] of viewers.entries()) {
            if ((i + round) % 2 === 0) consumer.close();
            transport.close();
            assert.equal(consumer.closed, true);
          }
        }
      });
      assert.deepEqual(await transportIds(router), before);
      const left = await sizes(pool);
      // Per worker its part of the router, per pair of workers an end of their pipe, and the flow.
      assert(left.every((size) => size <= 1 + 2 + 4), left.join());
    } finally {
      flow.close();
    }
  }, 3),
);

test(
  "rooms open and close in mid-stream, beside one that stays",
  withPool(async ({ pool, router }) => {
    const flow = await Flow.open(router);
    try {
      await flow.addReceiver(router, flow.producer.id);
      const before = (await sizes(pool)).reduce((sum, size) => sum + size);
      await whilePassing(flow, async () => {
        for (let round = 0; round < rounds; ++round) {
          const room = await pool.createRouter({ mediaCodecs });
          const other = await Flow.open(room);
          await other.addReceiver(room, other.producer.id);
          await other.addReceiver(room, other.producer.id);
          await room.createAudioLevelObserver();
          await other.pass(3);
          if (round % 3 === 0) other.producer.close();
          if (round % 3 === 1) other.ingress.close();
          room.close();
          assert.deepEqual(other.consumers.map(({ closed }) => closed), [true, true]);
          other.close();
        }
      });
      const after = (await sizes(pool)).reduce((sum, size) => sum + size);
      assert.equal(after, before);
    } finally {
      flow.close();
    }
  }),
);

/** Direct transports of a pool's router: whatever worker each is on. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as sluice from "../../mod.ts";
import type { Rtp } from "./rtp.ts";
import { audioPacket, readRtp } from "./rtp.ts";
import { audioOptions, consumerCapabilities, mediaCodecs, next, notFound } from "./support.ts";

test("packets go from one worker's direct transport to another's, in order and complete", async () => {
  const pool = await sluice.createWorkerPool({ workers: 2 });
  try {
    const router = await pool.createRouter({ mediaCodecs });
    const transports = [await router.createDirectTransport(), await router.createDirectTransport()];
    const producer = await transports[0].produce(audioOptions());
    const consumers = await Promise.all(
      transports.map((transport) =>
        transport.consume({ producerId: producer.id, rtpCapabilities: consumerCapabilities })
      ),
    );
    const received: Rtp[][] = consumers.map((consumer) => {
      const list: Rtp[] = [];
      consumer.on("rtp", (packet) => list.push(readRtp(packet)!));
      return list;
    });
    for (let i = 1; i <= 1000; ++i) producer.send(audioPacket(i));
    while (received.some(({ length }) => length < 1000)) {
      await new Promise((done) => setImmediate(done));
    }
    const expected = Array.from({ length: 1000 }, (_, i) => (i + 1) & 0xff);
    for (const list of received) {
      assert.deepEqual(list.map(({ payload }) => payload[0]), expected);
    }
    const ended = Promise.all(consumers.map((consumer) => next(consumer, "producerclose")));
    producer.close();
    await ended;

    // Messages do not go from worker to worker yet.
    const { id: dataProducerId } = await transports[0].produceData();
    await transports[0].consumeData({ dataProducerId });
    await assert.rejects(transports[1].consumeData({ dataProducerId }), notFound);
  } finally {
    pool.close();
  }
});

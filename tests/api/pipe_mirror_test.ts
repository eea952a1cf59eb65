/** Pauses and ends at one end of a pipe, and what the other end makes of them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Consumer, Producer } from "../../sfu/types.ts";
import { type PipeScene, withRouters } from "./pipe_scene.ts";
import { consumerCapabilities, eventsDelivered, next, record, udpInfo } from "./support.ts";

async function pipeVideo(
  { from, to, video }: PipeScene,
): Promise<{ pipeConsumer: Consumer; pipeProducer: Producer }> {
  const { pipeConsumer, pipeProducer } = await from.pipeToRouter({
    producerId: video.id,
    router: to,
  });
  assert(pipeConsumer && pipeProducer);
  return { pipeConsumer, pipeProducer };
}

test(
  "consumers of the piped producer hear of its pauses and its end",
  withRouters(async (scene) => {
    const { to, video } = scene;
    await video.pause();
    const { pipeProducer } = await pipeVideo(scene);
    const receiver = await to.createWebRtcTransport({ listenInfos: [udpInfo] });
    const rtpCapabilities = consumerCapabilities;
    const consumer = await receiver.consume({ producerId: video.id, rtpCapabilities });
    assert.equal(consumer.producerPaused, true);
    const resumed = next(consumer, "producerresume");
    await video.resume();
    await resumed;
    assert.deepEqual([pipeProducer.paused, consumer.producerPaused], [false, false]);
    const paused = next(consumer, "producerpause");
    await video.pause();
    await paused;
    assert.deepEqual([pipeProducer.paused, consumer.producerPaused], [true, true]);
    const closed = next(consumer, "producerclose");
    video.close();
    await closed;
    assert.deepEqual([pipeProducer.closed, consumer.closed], [true, true]);
  }),
);

test(
  "a pause of either end is the other's, and the original producer knows nothing of it",
  withRouters(async (scene) => {
    const { pipeConsumer, pipeProducer } = await pipeVideo(scene);
    const paused = (): boolean[] => [pipeConsumer.paused, pipeProducer.paused, scene.video.paused];
    await pipeConsumer.pause();
    assert.deepEqual(paused(), [true, true, false]);
    await pipeProducer.resume();
    assert.deepEqual(paused(), [false, false, false]);
    await pipeProducer.pause();
    assert.deepEqual(paused(), [true, true, false]);
    await pipeConsumer.resume();
    assert.deepEqual(paused(), [false, false, false]);
  }),
);

test(
  "a pause that was mirrored does not come back as another",
  withRouters(async (scene) => {
    const { from, video } = scene;
    const { pipeConsumer, pipeProducer } = await pipeVideo(scene);
    const log: string[] = [];
    record(log, "consumer.observer", pipeConsumer.observer, ["pause", "resume"]);
    record(log, "producer.observer", pipeProducer.observer, ["pause", "resume"]);
    for (let i = 0; i < 3; ++i) {
      const resumed = next(pipeProducer.observer, "resume");
      await video.pause();
      await video.resume();
      await resumed;
    }
    await eventsDelivered(from);
    assert.deepEqual([pipeConsumer.paused, pipeProducer.paused], [false, false]);
    const round = (name: string): string[] => [`${name}:pause`, `${name}:resume`];
    for (const name of ["consumer.observer", "producer.observer"]) {
      const own = log.filter((entry) => entry.startsWith(name));
      assert.deepEqual(own, Array(3).fill(round(name)).flat());
    }
  }),
);

test(
  "either end closes the other, and neither the original producer",
  withRouters(async (scene) => {
    const first = await pipeVideo(scene);
    first.pipeConsumer.close();
    assert.equal(first.pipeProducer.closed, true);
    const second = await pipeVideo(scene);
    second.pipeProducer.close();
    assert.equal(second.pipeConsumer.closed, true);
    const third = await pipeVideo(scene);
    const told = next(third.pipeConsumer, "producerclose");
    scene.video.close();
    await told;
    assert.deepEqual([third.pipeConsumer.closed, third.pipeProducer.closed], [true, true]);
    const dump = await scene.to.dump();
    assert.deepEqual(dump.mapProducerIdConsumerIds, []);
  }),
);

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  assertTypeErrors,
  audioOptions,
  consumeNew,
  notFound,
  record,
  unsupported,
  videoOptions,
  withScene,
  wrong,
} from "./support.ts";

test(
  "pause() and resume() are told to the observer when something changed",
  withScene(async ({ transport }) => {
    const producer = await transport.produce(audioOptions());
    const log: string[] = [];
    record(log, "observer", producer.observer, ["pause", "resume"]);
    await producer.pause();
    await producer.pause();
    assert.equal(producer.paused, true);
    assert.equal((await producer.dump()).paused, true);
    await producer.resume();
    await producer.resume();
    assert.equal(producer.paused, false);
    assert.equal((await producer.dump()).paused, false);
    assert.deepEqual(log, ["observer:pause", "observer:resume"]);
  }),
);

test(
  "enableTraceEvent() keeps the types that it knows",
  withScene(async ({ transport }) => {
    const producer = await transport.produce(videoOptions());
    const types = async (): Promise<string[]> => (await producer.dump()).traceEventTypes.toSorted();
    await producer.enableTraceEvent(["rtp", "pli", "sr"]);
    assert.deepEqual(await types(), ["pli", "rtp", "sr"]);
    await producer.enableTraceEvent(wrong(["nack", "chicken"]));
    assert.deepEqual(await types(), ["nack"]);
    await producer.enableTraceEvent();
    assert.deepEqual(await types(), []);
    await assertTypeErrors([
      ["no array", () => producer.enableTraceEvent(wrong(1)), /types must be an array/],
      ["no text", () => producer.enableTraceEvent(wrong(["rtp", 1])), /every type must be/],
    ]);
  }),
);

test(
  "getStats() has no stream before the first packet",
  withScene(async ({ transport }) => {
    const producer = await transport.produce(videoOptions());
    assert.deepEqual(await producer.getStats(), []);
  }),
);

test(
  "send() is for direct transports",
  withScene(async ({ transport }) => {
    const producer = await transport.produce(audioOptions());
    await assertTypeErrors([["text", () => producer.send(wrong("x")), /rtpPacket/]]);
    assert.throws(() => producer.send(wrong(new Uint8Array(12))), unsupported);
  }),
);

test(
  "close() is told once and takes the producer out of everything",
  withScene(async (scene) => {
    const { router, transport } = scene;
    const { producer } = await consumeNew(scene);
    const log: string[] = [];
    record(log, "producer", producer, ["transportclose"]);
    record(log, "observer", producer.observer, ["close"]);
    producer.close();
    producer.close();
    assert.equal(producer.closed, true);
    transport.close();
    assert.deepEqual(log, ["observer:close"]);
    assert.deepEqual((await router.dump()).mapProducerIdConsumerIds, []);
    for (
      const call of [
        () => producer.dump(),
        () => producer.getStats(),
        () => producer.pause(),
        () => producer.resume(),
        () => producer.enableTraceEvent(),
      ]
    ) await assert.rejects(call, notFound, call.toString());
  }),
);

test(
  "transportclose comes when the transport closes",
  withScene(async ({ transport }) => {
    const producer = await transport.produce(audioOptions());
    const log: string[] = [];
    record(log, "producer", producer, ["transportclose"]);
    record(log, "observer", producer.observer, ["close"]);
    transport.close();
    assert.deepEqual(log, ["producer:transportclose", "observer:close"]);
    await assert.rejects(producer.pause(), notFound);
  }),
);

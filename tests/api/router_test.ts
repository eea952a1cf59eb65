import assert from "node:assert/strict";
import { test } from "node:test";
import type { Router, RtpCapabilities, Transport } from "../../sfu/types.ts";
import {
  assertTypeErrors,
  audioOptions,
  consumeNew,
  consumerCapabilities,
  mediaCodecs,
  record,
  udpInfo,
  unsupported,
  uselessCapabilities,
  videoOptions,
  withScene,
  withWorker,
  wrong,
} from "./support.ts";

const mimeTypes = ({ codecs = [] }: RtpCapabilities): string[] =>
  codecs.map(({ mimeType }) => mimeType);

test(
  "createRouter() makes a router with the codecs asked for",
  withWorker(async (worker) => {
    const seen: Router[] = [];
    worker.observer.on("newrouter", (router) => seen.push(router));
    const router = await worker.createRouter({ mediaCodecs, appData: { foo: 123 } });
    assert.deepEqual(seen, [router]);
    assert.match(router.id, /^[0-9a-f-]{36}$/);
    assert.equal(router.closed, false);
    assert.deepEqual(router.appData, { foo: 123 });
    assert.deepEqual(mimeTypes(router.rtpCapabilities), [
      "audio/opus",
      "video/VP8",
      "video/rtx",
      "video/H264",
      "video/rtx",
    ]);
    assert.deepEqual(await router.dump(), {
      id: router.id,
      transportIds: [],
      rtpObserverIds: [],
      mapProducerIdConsumerIds: [],
      mapConsumerIdProducerId: [],
      mapProducerIdObserverIds: [],
      mapDataProducerIdDataConsumerIds: [],
      mapDataConsumerIdDataProducerId: [],
    });
  }),
);

test(
  "createRouter() leaves what it is given alone",
  withWorker(async (worker) => {
    const given = structuredClone(mediaCodecs);
    const router = await worker.createRouter({ mediaCodecs: given });
    assert.deepEqual(given, mediaCodecs);
    router.rtpCapabilities.codecs?.pop();
    assert.equal(router.rtpCapabilities.codecs?.length, 5);
  }),
);

test(
  "createRouter() without codecs has none",
  withWorker(async (worker) => {
    assert.deepEqual((await worker.createRouter()).rtpCapabilities.codecs, []);
  }),
);

test(
  "createRouter() refuses wrong options",
  withWorker(async (worker) => {
    const bad = (options: unknown): () => Promise<unknown> => () =>
      worker.createRouter(wrong(options));
    await assertTypeErrors([
      ["options", bad("x"), /options/],
      ["mediaCodecs", bad({ mediaCodecs: {} }), /mediaCodecs/],
      ["codec", bad({ mediaCodecs: [1] }), /codec/],
      ["mimeType", bad({ mediaCodecs: [{ kind: "audio", clockRate: 48000 }] }), /mimeType/],
      ["appData", bad({ appData: "NOT-AN-OBJECT" }), /appData/],
    ]);
    await assert.rejects(
      worker.createRouter({
        mediaCodecs: [{ kind: "audio", mimeType: "audio/chicken", clockRate: 8000, channels: 4 }],
      }),
      unsupported,
    );
    assert.deepEqual((await worker.dump()).routerIds, []);
  }),
);

test(
  "updateMediaCodecs() changes the capabilities, and nothing that exists",
  withScene(async (scene) => {
    const { router } = scene;
    const { producer } = await consumeNew(scene);
    router.updateMediaCodecs([{ kind: "video", mimeType: "video/VP8", clockRate: 90000 }]);
    assert.deepEqual(mimeTypes(router.rtpCapabilities), ["video/VP8", "video/rtx"]);
    assert.equal(
      router.canConsume({ producerId: producer.id, rtpCapabilities: consumerCapabilities }),
      true,
    );
    await assert.rejects(scene.transport.produce(audioOptions(4444)), unsupported);
    await assertTypeErrors([
      ["no array", () => router.updateMediaCodecs(wrong({})), /mediaCodecs/],
      ["codec", () => router.updateMediaCodecs([wrong({ mimeType: "x" })]), /mimeType/],
    ]);
    assert.throws(
      () => router.updateMediaCodecs([{ kind: "audio", mimeType: "audio/x", clockRate: 1 }]),
      unsupported,
    );
    assert.deepEqual(mimeTypes(router.rtpCapabilities), ["video/VP8", "video/rtx"]);
  }),
);

test(
  "canConsume() says whether an endpoint can receive a producer",
  withScene(async ({ router, transport }) => {
    const audio = await transport.produce(audioOptions());
    const video = await transport.produce(videoOptions());
    const can = (producerId: string, rtpCapabilities: unknown): boolean =>
      router.canConsume({ producerId, rtpCapabilities: wrong(rtpCapabilities) });
    assert.equal(can(audio.id, consumerCapabilities), true);
    assert.equal(can(video.id, consumerCapabilities), true);
    assert.equal(can(audio.id, uselessCapabilities), false);
    assert.equal(can(audio.id, {}), false);
    // Wrong arguments say no and are logged.
    assert.equal(can("nobody", consumerCapabilities), false);
    assert.equal(can(audio.id, undefined), false);
    assert.equal(can(audio.id, { codecs: "x" }), false);
    assert.equal(can(audio.id, consumerCapabilities), true);
    audio.close();
    assert.equal(can(audio.id, consumerCapabilities), false);
  }),
);

test(
  "capabilities may be changed between two calls",
  withScene(async ({ router, transport }) => {
    const audio = await transport.produce(audioOptions());
    const mine = structuredClone(consumerCapabilities);
    assert.equal(router.canConsume({ producerId: audio.id, rtpCapabilities: mine }), true);
    mine.codecs = mine.codecs?.filter(({ kind }) => kind === "video");
    assert.equal(router.canConsume({ producerId: audio.id, rtpCapabilities: mine }), false);
    assert.deepEqual(mine.codecs?.length, 2);
  }),
);

test(
  "dump() maps producers to consumers by their ids",
  withScene(async (scene) => {
    const { producer, consumer, receiver } = await consumeNew(scene);
    const dump = await scene.router.dump();
    assert.deepEqual(dump.transportIds.toSorted(), [scene.transport.id, receiver.id].toSorted());
    assert.deepEqual(dump.mapProducerIdConsumerIds, [{ key: producer.id, values: [consumer.id] }]);
    assert.deepEqual(dump.mapConsumerIdProducerId, [{ key: consumer.id, value: producer.id }]);
  }),
);

test(
  "close() closes transports first, and is told once",
  withScene(async (scene) => {
    const { worker, router, transport } = scene;
    const { producer, consumer, receiver } = await consumeNew(scene);
    const log: string[] = [];
    const seen: Transport[] = [];
    router.observer.on("newtransport", (it) => seen.push(it));
    const plain = await router.createPlainTransport({ listenInfo: udpInfo });
    assert.deepEqual(seen, [plain]);
    record(log, "router", router, ["workerclose"]);
    record(log, "router.observer", router.observer, ["close"]);
    record(log, "transport", transport, ["routerclose"]);
    record(log, "transport.observer", transport.observer, ["close"]);
    record(log, "producer", producer, ["transportclose"]);
    record(log, "producer.observer", producer.observer, ["close"]);
    record(log, "receiver", receiver, ["routerclose"]);
    record(log, "consumer", consumer, ["transportclose", "producerclose"]);
    record(log, "consumer.observer", consumer.observer, ["close"]);
    router.close();
    router.close();
    assert.deepEqual(log, [
      "producer:transportclose",
      "producer.observer:close",
      "transport:routerclose",
      "transport.observer:close",
      "consumer:transportclose",
      "consumer.observer:close",
      "receiver:routerclose",
      "router.observer:close",
    ]);
    for (const it of [router, transport, producer, consumer, receiver, plain]) {
      assert.equal(it.closed, true);
    }
    assert.deepEqual((await worker.dump()).routerIds, []);
  }),
);

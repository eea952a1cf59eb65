import assert from "node:assert/strict";
import { test } from "node:test";
import type { types } from "../../mod.ts";
import {
  assertTypeErrors,
  audioOptions,
  eventsDelivered,
  mediaCodecs,
  notFound,
  record,
  type Scene,
  videoOptions,
  withScene,
  workerClosed,
  wrong,
} from "./support.ts";

/** Each kind, and how it is made. */
const kinds: [
  type: types.RtpObserverType,
  make: (router: types.Router) => Promise<types.RtpObserver>,
][] = [
  ["audiolevel", (router) => router.createAudioLevelObserver({ appData: { foo: 123 } })],
  ["activespeaker", (router) => router.createActiveSpeakerObserver({ appData: { foo: 123 } })],
];

const observerIds = async (router: types.Router, { id }: types.Producer): Promise<string[]> =>
  (await router.dump()).mapProducerIdObserverIds.find(({ key }) => key === id)?.values ?? [];

/** Tests each kind in a scene of its own. */
function testEach(
  name: string,
  run: (
    scene: Scene & { type: types.RtpObserverType; make: () => Promise<types.RtpObserver> },
  ) => Promise<void>,
): void {
  for (const [type, make] of kinds) {
    test(
      `${type}: ${name}`,
      withScene((scene) => run({ ...scene, type, make: () => make(scene.router) })),
    );
  }
}

testEach("is made by its router, and told", async ({ router, type, make }) => {
  const seen: types.RtpObserver[] = [];
  router.observer.on("newrtpobserver", (it) => seen.push(it));
  const observer = await make();
  assert.deepEqual(seen, [observer]);
  assert.match(observer.id, /^[0-9a-f-]{36}$/);
  assert.equal(observer.type, type);
  assert.equal(observer.closed, false);
  assert.equal(observer.paused, false);
  assert.deepEqual(observer.appData, { foo: 123 });
  observer.appData = { bar: 4 };
  assert.deepEqual(observer.appData, { bar: 4 });
  assert.throws(() => observer.appData = wrong(4), TypeError);
  assert.deepEqual((await router.dump()).rtpObserverIds, [observer.id]);
});

testEach("has defaults for all options", async ({ router, type }) => {
  const create = (options?: unknown): Promise<types.RtpObserver> =>
    type === "audiolevel"
      ? router.createAudioLevelObserver(wrong(options))
      : router.createActiveSpeakerObserver(wrong(options));
  for (const options of [undefined, {}, { interval: null, appData: null }, { interval: 0 }]) {
    assert.deepEqual((await create(options)).appData, {});
  }
  await assertTypeErrors([
    ["options", () => create("x"), /options/],
    ["null", () => create(null), /options/],
    ["interval text", () => create({ interval: "300" }), /interval/],
    ["interval fraction", () => create({ interval: 0.5 }), /interval/],
    ["interval negative", () => create({ interval: -1 }), /interval/],
    ["interval NaN", () => create({ interval: NaN }), /interval/],
    ["appData", () => create({ appData: "NOT-AN-OBJECT" }), /appData/],
  ]);
  assert.equal((await router.dump()).rtpObserverIds.length, 4);
});

testEach("pause() and resume() are told when something changed", async ({ make }) => {
  const observer = await make();
  const log: string[] = [];
  record(log, "observer", observer.observer, ["pause", "resume"]);
  await observer.resume();
  await observer.pause();
  await observer.pause();
  assert.equal(observer.paused, true);
  await observer.resume();
  await observer.resume();
  assert.equal(observer.paused, false);
  assert.deepEqual(log, ["observer:pause", "observer:resume"]);
});

testEach(
  "addProducer() and removeProducer() take audio producers of the router",
  async ({ router, transport, make }) => {
    const observer = await make();
    const producer = await transport.produce(audioOptions());
    const seen: unknown[] = [];
    observer.observer.on("addproducer", (it) => seen.push("add", it));
    observer.observer.on("removeproducer", (it) => seen.push("remove", it));
    await observer.addProducer({ producerId: producer.id });
    assert.deepEqual(await observerIds(router, producer), [observer.id]);
    await observer.removeProducer({ producerId: producer.id });
    await observer.removeProducer({ producerId: producer.id });
    assert.deepEqual(await observerIds(router, producer), []);
    assert.deepEqual(seen, ["add", producer, "remove", producer, "remove", producer]);
  },
);

testEach(
  "addProducer() and removeProducer() refuse everything else",
  async ({ worker, transport, make }) => {
    const observer = await make();
    const video = await transport.produce(videoOptions());
    const log: string[] = [];
    record(log, "observer", observer.observer, ["addproducer", "removeproducer"]);
    const add = (it: unknown) => (): Promise<void> => observer.addProducer(wrong(it));
    const remove = (it: unknown) => (): Promise<void> => observer.removeProducer(wrong(it));
    await assertTypeErrors([
      ["video", add({ producerId: video.id }), /producerId: not an audio Producer/],
      ...[add, remove].flatMap((call) =>
        [
          ["no options", call(undefined), /missing options/],
          ["no object", call("x"), /options/],
          ["no id", call({}), /missing producerId/],
          ["a number", call({ producerId: 1 }), /producerId/],
          ["no text", call({ producerId: "" }), /producerId/],
        ] as [string, () => unknown, RegExp][]
      ),
    ]);
    const other = await worker.createRouter({ mediaCodecs });
    const elsewhere = await (await other.createPlainTransport({
      listenInfo: { protocol: "udp", ip: "127.0.0.1" },
    })).produce(audioOptions());
    const gone = await transport.produce(audioOptions(44));
    gone.close();
    for (const producerId of ["nobody", observer.id, elsewhere.id, gone.id]) {
      await assert.rejects(add({ producerId }), notFound);
      await assert.rejects(remove({ producerId }), notFound);
    }
    assert.deepEqual(log, []);
  },
);

testEach("observes a producer once", async ({ transport, type, make }) => {
  const observer = await make();
  const { id: producerId } = await transport.produce(audioOptions());
  await observer.addProducer({ producerId });
  if (type === "audiolevel") await observer.addProducer({ producerId });
  else await assert.rejects(observer.addProducer({ producerId }), /observed already/);
  await observer.removeProducer({ producerId });
  await observer.addProducer({ producerId });
});

testEach(
  "forgets producers that close, whoever closes them",
  async ({ router, transport, make }) => {
    const observer = await make();
    const producers = [audioOptions(), audioOptions(44)];
    producers[1].rtpParameters.mid = "OTHER";
    const [first, second] = [
      await transport.produce(producers[0]),
      await transport.produce(producers[1]),
    ];
    for (const { id } of [first, second]) await observer.addProducer({ producerId: id });
    const log: string[] = [];
    record(log, "observer", observer.observer, ["removeproducer"]);
    first.close();
    assert.deepEqual((await router.dump()).mapProducerIdObserverIds, [
      { key: second.id, values: [observer.id] },
    ]);
    transport.close();
    assert.deepEqual((await router.dump()).mapProducerIdObserverIds, []);
    await eventsDelivered(router);
    assert.deepEqual(log, []);
    assert.equal(observer.closed, false);
  },
);

testEach(
  "close() ends it once, and its calls are refused",
  async ({ worker, router, transport, make }) => {
    const producer = await transport.produce(audioOptions());
    const observer = await make();
    await observer.addProducer({ producerId: producer.id });
    const log: string[] = [];
    record(log, "event", observer, ["routerclose"]);
    record(log, "observer", observer.observer, ["close", "removeproducer"]);
    observer.close();
    observer.close();
    assert.equal(observer.closed, true);
    assert.deepEqual(log, ["observer:close"]);
    assert.deepEqual((await router.dump()).rtpObserverIds, []);
    assert.deepEqual(await observerIds(router, producer), []);
    const calls = [
      () => observer.pause(),
      () => observer.resume(),
      () => observer.addProducer({ producerId: producer.id }),
      () => observer.removeProducer({ producerId: producer.id }),
    ];
    for (const call of calls) await assert.rejects(call, notFound);
    router.close();
    for (const call of calls) await assert.rejects(call, notFound);
    await assert.rejects(make(), notFound);
    worker.close();
    for (const call of calls) await assert.rejects(call, workerClosed);
    await assert.rejects(make(), workerClosed);
    assert.deepEqual(log, ["observer:close"]);
  },
);

test(
  "createAudioLevelObserver() refuses wrong numbers",
  withScene(async ({ router }) => {
    const create = (options: unknown) => (): Promise<unknown> =>
      router.createAudioLevelObserver(wrong(options));
    await assertTypeErrors([
      ["maxEntries 0", create({ maxEntries: 0 }), /maxEntries/],
      ["maxEntries negative", create({ maxEntries: -5 }), /maxEntries/],
      ["maxEntries fraction", create({ maxEntries: 1.5 }), /maxEntries/],
      ["maxEntries text", create({ maxEntries: "1" }), /maxEntries/],
      ["maxEntries too many", create({ maxEntries: 65_536 }), /maxEntries/],
      ["threshold positive", create({ threshold: 1 }), /threshold/],
      ["threshold too low", create({ threshold: -128 }), /threshold/],
      ["threshold fraction", create({ threshold: -1.5 }), /threshold/],
      ["threshold text", create({ threshold: "-80" }), /threshold/],
    ]);
    await create({ maxEntries: 65_535, threshold: -127, interval: 4_294_967_295 })();
    await create({ maxEntries: 1, threshold: 0 })();
  }),
);

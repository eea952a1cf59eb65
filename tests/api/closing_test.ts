/** What is told, in which order, and what is left, when each kind of entity closes. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as sluice from "../../mod.ts";
import type { types } from "../../mod.ts";
import {
  audioOptions,
  consumerCapabilities,
  dtlsParameters,
  eventsDelivered,
  mediaCodecs,
  next,
  notFound,
  record,
  udpInfo,
  workerClosed,
} from "./support.ts";

/** One entity of each kind: the producer's transport is the server's, the consumer's is plain. */
interface Everything {
  worker: types.Worker;
  server: types.WebRtcServer;
  router: types.Router;
  webrtc: types.WebRtcTransport;
  plain: types.PlainTransport;
  producer: types.Producer;
  consumer: types.Consumer;
  levels: types.AudioLevelObserver;
  speaker: types.ActiveSpeakerObserver;
}

type Kind = keyof Everything;

async function everything(): Promise<Everything> {
  const worker = await sluice.createWorker();
  const server = await worker.createWebRtcServer({ listenInfos: [udpInfo] });
  const router = await worker.createRouter({ mediaCodecs });
  const webrtc = await router.createWebRtcTransport({ webRtcServer: server });
  const plain = await router.createPlainTransport({ listenInfo: udpInfo });
  const producer = await webrtc.produce(audioOptions());
  const consumer = await plain.consume({
    producerId: producer.id,
    rtpCapabilities: consumerCapabilities,
  });
  const levels = await router.createAudioLevelObserver();
  const speaker = await router.createActiveSpeakerObserver();
  for (const it of [levels, speaker]) await it.addProducer({ producerId: producer.id });
  return { worker, server, router, webrtc, plain, producer, consumer, levels, speaker };
}

const events: Record<Kind, string[]> = {
  worker: ["died", "subprocessclose"],
  server: ["workerclose"],
  router: ["workerclose"],
  webrtc: ["routerclose", "listenserverclose", "icestatechange", "dtlsstatechange"],
  plain: ["routerclose", "listenserverclose"],
  producer: ["transportclose"],
  consumer: ["transportclose", "producerclose", "producerpause"],
  levels: ["routerclose", "volumes", "silence"],
  speaker: ["routerclose"],
};

const routerCascade = [
  "producer:transportclose",
  "producer.observer:close",
  "server.observer:webrtctransportunhandled",
  "webrtc:routerclose",
  "webrtc.observer:close",
  "consumer:transportclose",
  "consumer.observer:close",
  "plain:routerclose",
  "plain.observer:close",
  "levels:routerclose",
  "levels.observer:close",
  "speaker:routerclose",
  "speaker.observer:close",
];

/** What closes, what is told, and who is closed then besides. */
const cascades: [closes: Kind, log: string[], closed: Kind[]][] = [
  ["levels", ["levels.observer:close"], []],
  ["speaker", ["speaker.observer:close"], []],
  ["consumer", ["consumer.observer:close"], []],
  ["producer", [
    "producer.observer:close",
    "consumer:producerclose",
    "consumer.observer:close",
  ], ["consumer"]],
  ["plain", [
    "consumer:transportclose",
    "consumer.observer:close",
    "plain.observer:close",
  ], ["consumer"]],
  ["webrtc", [
    "producer:transportclose",
    "producer.observer:close",
    "server.observer:webrtctransportunhandled",
    "webrtc.observer:close",
    "consumer:producerclose",
    "consumer.observer:close",
  ], ["producer", "consumer"]],
  ["server", [
    "producer:transportclose",
    "producer.observer:close",
    "webrtc:listenserverclose",
    "webrtc.observer:close",
    "server.observer:webrtctransportunhandled",
    "server.observer:close",
    "consumer:producerclose",
    "consumer.observer:close",
  ], ["webrtc", "producer", "consumer"]],
  ["router", [
    ...routerCascade,
    "router.observer:close",
  ], ["webrtc", "plain", "producer", "consumer", "levels", "speaker"]],
  ["worker", [
    ...routerCascade,
    "router:workerclose",
    "router.observer:close",
    "server:workerclose",
    "server.observer:close",
    "worker.observer:close",
    "worker:subprocessclose",
  ], ["server", "router", "webrtc", "plain", "producer", "consumer", "levels", "speaker"]],
];

/** Every method that asks the engine, with arguments that are right. */
const methods: { [K in Kind]: Record<string, (it: Everything[K]) => unknown> } = {
  worker: {
    dump: (it) => it.dump(),
    getResourceUsage: (it) => it.getResourceUsage(),
    updateSettings: (it) => it.updateSettings({ logLevel: "none" }),
    createWebRtcServer: (it) => it.createWebRtcServer({ listenInfos: [udpInfo] }),
    createRouter: (it) => it.createRouter({ mediaCodecs }),
  },
  server: { dump: (it) => it.dump() },
  router: {
    dump: (it) => it.dump(),
    createWebRtcTransport: (it) => it.createWebRtcTransport({ listenInfos: [udpInfo] }),
    createPlainTransport: (it) => it.createPlainTransport({ listenInfo: udpInfo }),
    createAudioLevelObserver: (it) => it.createAudioLevelObserver(),
    createActiveSpeakerObserver: (it) => it.createActiveSpeakerObserver(),
  },
  webrtc: {
    ...transportMethods(),
    connect: (it) =>
      it.connect({
        dtlsParameters,
      }),
    restartIce: (it) => it.restartIce(),
  },
  plain: { ...transportMethods(), connect: (it) => it.connect({ ip: "127.0.0.1", port: 9 }) },
  producer: {
    dump: (it) => it.dump(),
    getStats: (it) => it.getStats(),
    pause: (it) => it.pause(),
    resume: (it) => it.resume(),
    enableTraceEvent: (it) => it.enableTraceEvent(["rtp"]),
  },
  consumer: {
    dump: (it) => it.dump(),
    getStats: (it) => it.getStats(),
    pause: (it) => it.pause(),
    resume: (it) => it.resume(),
    setPreferredLayers: (it) => it.setPreferredLayers({ spatialLayer: 0 }),
    setPriority: (it) => it.setPriority(2),
    unsetPriority: (it) => it.unsetPriority(),
    requestKeyFrame: (it) => it.requestKeyFrame(),
    enableTraceEvent: (it) => it.enableTraceEvent(["rtp"]),
  },
  levels: observerMethods(),
  speaker: observerMethods(),
};

function observerMethods(): Record<string, (it: types.RtpObserver) => unknown> {
  return {
    pause: (it) => it.pause(),
    resume: (it) => it.resume(),
    addProducer: (it) => it.addProducer({ producerId: "any" }),
    removeProducer: (it) => it.removeProducer({ producerId: "any" }),
  };
}

function transportMethods(): Record<string, (it: Everything["webrtc" | "plain"]) => unknown> {
  return {
    dump: (it) => it.dump(),
    getStats: (it) => it.getStats(),
    setMaxIncomingBitrate: (it) => it.setMaxIncomingBitrate(1_000_000),
    setMaxOutgoingBitrate: (it) => it.setMaxOutgoingBitrate(1_000_000),
    setMinOutgoingBitrate: (it) => it.setMinOutgoingBitrate(1_000_000),
    produce: (it) => it.produce(audioOptions(77)),
    enableTraceEvent: (it) => it.enableTraceEvent(["bwe"]),
  };
}

/** Calls every method of the entities, each of which must be refused. */
async function assertAllRefused(
  all: Everything,
  kinds: Kind[],
  error: { name: string },
): Promise<void> {
  for (const kind of kinds) {
    for (const [name, call] of Object.entries(methods[kind])) {
      const run = async (): Promise<unknown> =>
        await (call as (it: Everything[Kind]) => unknown)(all[kind]);
      await assert.rejects(run, error, `${kind}.${name}()`);
    }
  }
}

describe("closing", () => {
  for (const [closes, expected, closed] of cascades) {
    test(`${closes}.close() closes what depends on it, and all of it is told once, in order`, async () => {
      const all = await everything();
      const log: string[] = [];
      for (const kind of Object.keys(all) as Kind[]) {
        const observed = kind === "server" ? ["close", "webrtctransportunhandled"] : ["close"];
        record(log, kind, all[kind], events[kind]);
        record(log, `${kind}.observer`, all[kind].observer, observed);
      }
      const isWorker = closes === "worker";
      const end = isWorker ? next(all.worker, "subprocessclose") : undefined;
      all[closes].close();
      all[closes].close();
      await (end ?? eventsDelivered(await all.worker.createRouter({ mediaCodecs })));
      assert.deepEqual(log, expected);

      const gone: Kind[] = [closes, ...closed];
      for (const kind of Object.keys(all) as Kind[]) {
        assert.equal(all[kind].closed, gone.includes(kind), kind);
      }
      await assertAllRefused(all, gone, isWorker ? workerClosed : notFound);
      // Closing what is closed, from the leaves up and down again, tells nothing more.
      for (const kind of [...gone, ...gone.toReversed()]) all[kind].close();
      all.worker.close();
      await assertAllRefused(all, Object.keys(all) as Kind[], workerClosed);
    });
  }

  test("a closed transport consumes nothing, and a closed router can consume nothing", async () => {
    const { worker, router, plain, producer } = await everything();
    const options = { producerId: producer.id, rtpCapabilities: consumerCapabilities };
    plain.close();
    await assert.rejects(plain.consume(options), notFound);
    router.close();
    assert.equal(router.canConsume(options), false);
    worker.close();
    assert.equal(router.canConsume(options), false);
  });
});

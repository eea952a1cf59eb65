/** What is left of pipes, direct transports and messages once they or a parent are closed. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { describe, test } from "node:test";
import { createWorker, type types } from "../../mod.ts";
import type * as api from "../public_api.ts";
import {
  audioOptions,
  consumerCapabilities,
  mediaCodecs,
  next,
  notFound,
  udpInfo,
  workerClosed,
  wrong,
} from "./support.ts";

interface Everything {
  worker: types.Worker;
  far: types.Worker;
  router: types.Router;
  target: types.Router;
  pipe: types.PipeTransport;
  direct: types.DirectTransport;
  producer: types.Producer;
  consumer: types.Consumer;
  dataProducer: types.DataProducer;
  dataConsumer: types.DataConsumer;
}

type Kind = Exclude<keyof Everything, "worker" | "far" | "target">;

async function everything(): Promise<Everything> {
  const [worker, far] = [await createWorker(), await createWorker()];
  const router = await worker.createRouter({ mediaCodecs });
  const target = await far.createRouter({ mediaCodecs });
  const pipe = await router.createPipeTransport({ listenInfo: udpInfo });
  const direct = await router.createDirectTransport();
  const producer = await direct.produce(audioOptions());
  const dataProducer = await direct.produceData();
  const consumer = await direct.consume({
    producerId: producer.id,
    rtpCapabilities: consumerCapabilities,
  });
  const dataConsumer = await direct.consumeData({ dataProducerId: dataProducer.id });
  return {
    worker,
    far,
    router,
    target,
    pipe,
    direct,
    producer,
    consumer,
    dataProducer,
    dataConsumer,
  };
}

/** What each close takes along. */
const closes: [what: "worker" | Kind, along: Kind[]][] = [
  ["worker", [
    "router",
    "pipe",
    "direct",
    "producer",
    "consumer",
    "dataProducer",
    "dataConsumer",
  ]],
  ["router", ["pipe", "direct", "producer", "consumer", "dataProducer", "dataConsumer"]],
  ["direct", ["producer", "consumer", "dataProducer", "dataConsumer"]],
  ["producer", ["consumer"]],
  ["dataProducer", ["dataConsumer"]],
  ["pipe", []],
  ["consumer", []],
  ["dataConsumer", []],
];

const packet = Buffer.alloc(20);
const gonePerhaps = { name: /^(NotFound|WorkerClosed)Error$/ };

/** Between our own classes, or without a question to the engine. */
type Others =
  | `${"transport" | "router" | "worker" | "listenServer"}Closed`
  | ("close" | "canConsume" | "updateMediaCodecs" | "send" | "sendRtcp");

/** A call for each method of the API but those: the compiler misses none. */
type Calls<T, LeftOut extends keyof T = never> = {
  [
    K in keyof T as T[K] extends (...args: never[]) => unknown ? Exclude<K, Others | LeftOut>
      : never
  ]: (it: Everything) => unknown;
};

interface Methods {
  router: Calls<api.Router>;
  pipe: Calls<api.PipeTransport, "produceData" | "consumeData">;
  /** What a direct transport does not do is the same when it is closed. */
  direct: Calls<
    api.DirectTransport,
    "connect" | "setMaxIncomingBitrate" | "setMaxOutgoingBitrate" | "setMinOutgoingBitrate"
  >;
  producer: Calls<api.Producer>;
  consumer: Calls<api.Consumer>;
  dataProducer: Calls<api.DataProducer>;
  dataConsumer: Calls<api.DataConsumer>;
}

const methods: Methods = {
  router: {
    dump: ({ router }) => router.dump(),
    createWebRtcTransport: ({ router }) => router.createWebRtcTransport({ listenInfos: [udpInfo] }),
    createPlainTransport: ({ router }) => router.createPlainTransport({ listenInfo: udpInfo }),
    createPipeTransport: ({ router }) => router.createPipeTransport({ listenInfo: udpInfo }),
    createDirectTransport: ({ router }) => router.createDirectTransport(),
    createAudioLevelObserver: ({ router }) => router.createAudioLevelObserver(),
    createActiveSpeakerObserver: ({ router }) => router.createActiveSpeakerObserver(),
    pipeToRouter: ({ router, target, producer }) =>
      router.pipeToRouter({ producerId: producer.id, router: target }),
  },
  pipe: {
    ...limits(({ pipe }) => pipe),
    connect: ({ pipe }) => pipe.connect({ ip: "127.0.0.1", port: 9 }),
    consume: ({ pipe, producer }) => pipe.consume({ producerId: producer.id }),
  },
  direct: {
    dump: ({ direct }) => direct.dump(),
    getStats: ({ direct }) => direct.getStats(),
    enableTraceEvent: ({ direct }) => direct.enableTraceEvent(["bwe"]),
    produce: ({ direct }) => direct.produce(audioOptions(77)),
    produceData: ({ direct }) => direct.produceData(),
    consume: ({ direct, producer }) =>
      direct.consume({ producerId: producer.id, rtpCapabilities: consumerCapabilities }),
    consumeData: ({ direct, dataProducer }) =>
      direct.consumeData({ dataProducerId: dataProducer.id }),
  },
  producer: {
    ...pausable(({ producer }) => producer),
    enableTraceEvent: ({ producer }) => producer.enableTraceEvent(["rtp"]),
  },
  consumer: {
    ...pausable(({ consumer }) => consumer),
    setPreferredLayers: ({ consumer }) => consumer.setPreferredLayers({ spatialLayer: 0 }),
    setPriority: ({ consumer }) => consumer.setPriority(2),
    unsetPriority: ({ consumer }) => consumer.unsetPriority(),
    requestKeyFrame: ({ consumer }) => consumer.requestKeyFrame(),
    enableTraceEvent: ({ consumer }) => consumer.enableTraceEvent(["rtp"]),
  },
  dataProducer: pausable(({ dataProducer }) => dataProducer),
  dataConsumer: {
    ...pausable(({ dataConsumer }) => dataConsumer),
    setSubchannels: ({ dataConsumer }) => dataConsumer.setSubchannels([1]),
    addSubchannel: ({ dataConsumer }) => dataConsumer.addSubchannel(1),
    removeSubchannel: ({ dataConsumer }) => dataConsumer.removeSubchannel(1),
    setBufferedAmountLowThreshold: ({ dataConsumer }) =>
      dataConsumer.setBufferedAmountLowThreshold(1),
    getBufferedAmount: ({ dataConsumer }) => dataConsumer.getBufferedAmount(),
  },
};

function pausable(
  of: (it: Everything) => types.Producer | types.Consumer | types.DataProducer | types.DataConsumer,
): Record<"dump" | "getStats" | "pause" | "resume", (it: Everything) => unknown> {
  return {
    dump: (it) => of(it).dump(),
    getStats: (it) => of(it).getStats(),
    pause: (it) => of(it).pause(),
    resume: (it) => of(it).resume(),
  };
}

function limits(
  of: (it: Everything) => types.PipeTransport,
): Omit<Methods["pipe"], "connect" | "consume"> {
  return {
    dump: (it) => of(it).dump(),
    getStats: (it) => of(it).getStats(),
    enableTraceEvent: (it) => of(it).enableTraceEvent(["bwe"]),
    setMaxIncomingBitrate: (it) => of(it).setMaxIncomingBitrate(1_000_000),
    setMaxOutgoingBitrate: (it) => of(it).setMaxOutgoingBitrate(1_000_000),
    setMinOutgoingBitrate: (it) => of(it).setMinOutgoingBitrate(1_000_000),
    produce: (it) => of(it).produce(audioOptions(78)),
  };
}

describe("after closing", () => {
  for (const [what, along] of closes) {
    test(`${what}.close(): every method of what went with it is refused`, async () => {
      const all = await everything();
      // Consumers learn from the engine that their producer is gone.
      const told = [
        ...(what === "producer" ? [next(all.consumer.observer, "close")] : []),
        ...(what === "dataProducer" ? [next(all.dataConsumer.observer, "close")] : []),
      ];
      all[what].close();
      await Promise.all(told);
      const gone = what === "worker" ? along : [what, ...along];
      for (const kind of Object.keys(methods) as Kind[]) {
        assert.equal(all[kind].closed, gone.includes(kind), kind);
        if (!gone.includes(kind)) continue;
        for (const [name, call] of Object.entries(methods[kind])) {
          // What names another entity may miss that first.
          const names = /consume|pipeToRouter/.test(name);
          const error = what !== "worker" ? notFound : names ? gonePerhaps : workerClosed;
          await assert.rejects(async () => await call(all), error, `${kind}.${name}()`);
          const closed = what === "worker" ? workerClosed : notFound;
          const odd = async (): Promise<void> => await wrong(all[kind])[name](Symbol("odd"));
          await assert.rejects(odd, closed, `${kind}.${name}(odd)`);
        }
      }
      // What takes no answer does nothing.
      if (gone.includes("producer")) all.producer.send(packet);
      if (gone.includes("producer")) assert.equal(all.producer.sendBatch([packet]), 0);
      if (gone.includes("dataProducer")) all.dataProducer.send("gone");
      if (gone.includes("direct")) all.direct.sendRtcp(packet);
      all.worker.close();
      all.far.close();
    });
  }
});

/** Calls of worker pools, for tests to spoil. */
import * as sluice from "../../mod.ts";
import { closing, type Subject } from "./odd_subject.ts";
import { fullInfo } from "./odd_transport_arguments.ts";
import {
  audioOptions,
  consumerCapabilities,
  mediaCodecs,
  type Scene,
  udpInfo,
  wrong,
} from "./support.ts";

/** With a pool of their own, which ends with the scene. */
export async function poolSubjects({ worker }: Scene): Promise<Subject[]> {
  const pool = await sluice.createWorkerPool({ workers: 2 });
  worker.observer.once("close", () => pool.close());
  return [
    {
      name: "createWorkerPool",
      called: "settings",
      argument: () => ({ workers: 2, logLevel: "none", logTags: ["ice"], appData: { a: 1 } }),
      call: (it) => closing(sluice.createWorkerPool(wrong(it))),
    },
    {
      name: "pool.updateSettings",
      called: "settings",
      argument: () => ({ logLevel: "none", logTags: ["ice"] }),
      call: (settings) => pool.updateSettings(wrong(settings)),
    },
    {
      name: "pool.createRouter",
      called: "options",
      argument: () => ({ mediaCodecs: structuredClone(mediaCodecs), appData: { a: 1 } }),
      call: (options) => closing(pool.createRouter(wrong(options))),
    },
    {
      name: "pool.createWebRtcServer",
      called: "options",
      argument: () => ({ listenInfos: [fullInfo("udp"), fullInfo("tcp")], appData: { a: 1 } }),
      call: (options) => closing(pool.createWebRtcServer(wrong(options))),
    },
    ...await routerSubjects(pool),
  ];
}

/** Of its router and what lives there. */
async function routerSubjects(pool: sluice.types.WorkerPool): Promise<Subject[]> {
  const router = await pool.createRouter({ mediaCodecs });
  const webRtcServer = await pool.createWebRtcServer({ listenInfos: [udpInfo] });
  const here = await router.createPlainTransport({ listenInfo: udpInfo });
  const there = await router.createPlainTransport({ listenInfo: udpInfo });
  const { id: producerId } = await here.produce(audioOptions());
  const levels = await router.createAudioLevelObserver();
  return [
    {
      name: "poolRouter.createWebRtcTransport",
      called: "options",
      argument: () => ({ webRtcServer, enableUdp: true, iceConsentTimeout: 30, appData: {} }),
      call: (options) => closing(router.createWebRtcTransport(wrong(options))),
    },
    {
      name: "poolRouter's transport.consume",
      called: "options",
      argument: () => ({
        producerId,
        rtpCapabilities: structuredClone(consumerCapabilities),
        paused: true,
        mid: "x",
      }),
      call: (options) => closing(there.consume(wrong(options))),
    },
    {
      name: "poolRouter.canConsume",
      called: "options",
      argument: () => ({ producerId, rtpCapabilities: structuredClone(consumerCapabilities) }),
      call: (options) => router.canConsume(wrong(options)),
    },
    {
      name: "poolRouter.createAudioLevelObserver",
      called: "options",
      argument: () => ({ maxEntries: 2, threshold: -60, interval: 300, appData: { a: 1 } }),
      call: (options) => closing(router.createAudioLevelObserver(wrong(options))),
    },
    {
      name: "poolRouter's observer.addProducer",
      called: "options",
      argument: () => ({ producerId }),
      call: (options) => levels.addProducer(wrong(options)),
    },
    {
      name: "poolRouter's observer.removeProducer",
      called: "options",
      argument: () => ({ producerId }),
      call: (options) => levels.removeProducer(wrong(options)),
    },
  ];
}

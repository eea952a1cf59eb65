/** Calls of worker pools, for tests to spoil. */
import * as sluice from "../../mod.ts";
import { functions } from "./odd_cover.ts";
import { createDirectSubjects } from "./odd_direct_arguments.ts";
import { createPipeSubjects, pipeToRouterSubjects } from "./odd_pipe_arguments.ts";
import { observerSubjects, routerSubjects } from "./odd_router_arguments.ts";
import { closing, type Subject } from "./odd_subject.ts";
import { createPlainSubjects, fullInfo } from "./odd_transport_arguments.ts";
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
      call: (it) => closing(functions.createWorkerPool(wrong(it))),
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
    ...await mediaSubjects(pool),
    ...await sameSubjects(pool),
  ];
}

/** What a router of a pool does as one of a worker does. */
async function sameSubjects(pool: sluice.types.WorkerPool): Promise<Subject[]> {
  const router = await pool.createRouter({ mediaCodecs });
  const subjects = [
    ...createPipeSubjects(router),
    ...createPlainSubjects(router),
    ...createDirectSubjects(router),
    ...routerSubjects(router),
    ...await observerSubjects(router),
    ...await pipeToRouterSubjects(router, pool),
  ];
  return subjects.map((subject) => ({ ...subject, name: `pool: ${subject.name}` }));
}

/** Of its router and what lives there. */
async function mediaSubjects(pool: sluice.types.WorkerPool): Promise<Subject[]> {
  const router = await pool.createRouter({ mediaCodecs });
  const webRtcServer = await pool.createWebRtcServer({ listenInfos: [udpInfo] });
  const here = await router.createPlainTransport({ listenInfo: udpInfo });
  const there = await router.createPlainTransport({ listenInfo: udpInfo });
  const { id: producerId } = await here.produce(audioOptions());
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
  ];
}

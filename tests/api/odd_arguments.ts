/** All calls of the API with arguments that are right and complete, for tests to spoil. */
import * as sluice from "../../mod.ts";
import { directSubjects } from "./odd_direct_arguments.ts";
import { mediaSubjects } from "./odd_media_arguments.ts";
import { pipeSubjects } from "./odd_pipe_arguments.ts";
import { poolSubjects } from "./odd_pool_arguments.ts";
import { functions } from "./odd_cover.ts";
import { given, ortcSubjects } from "./odd_ortc_arguments.ts";
import { observerSubjects, routerSubjects } from "./odd_router_arguments.ts";
import { closing, type Subject } from "./odd_subject.ts";
import { connectSubjects, fullInfo, transportSubjects } from "./odd_transport_arguments.ts";
import { mediaCodecs, type Scene, wrong } from "./support.ts";

export type { Subject };

function moduleSubjects(): Subject[] {
  return [
    {
      name: "createWorker",
      called: "settings",
      argument: () => ({
        logLevel: "none",
        logTags: ["ice", "dtls"],
        rtcMinPort: 40000,
        rtcMaxPort: 49999,
        dtlsCertificateFile: "",
        dtlsPrivateKeyFile: "",
        workerBin: sluice.workerBin,
        libwebrtcFieldTrials: "x",
        appData: { a: 1 },
      }),
      call: (it) => closing(functions.createWorker(wrong(it))),
    },
    {
      name: "setLogEventListeners",
      called: "listeners",
      argument: () => ({ ondebug: undefined, onwarn: undefined, onerror: undefined }),
      call: (listeners) => {
        functions.setLogEventListeners(wrong(listeners));
        functions.setLogEventListeners();
      },
    },
    {
      name: "parseScalabilityMode",
      called: "scalabilityMode",
      argument: () => "L3T3_KEY",
      call: (scalabilityMode) => functions.parseScalabilityMode(wrong(scalabilityMode)),
    },
    ...ortcSubjects(),
    ...onceSubjects(),
  ];
}

/** Each call ends at once, by an error or by the event. */
function onceSubjects(): Subject[] {
  const emitter = new sluice.extras.EnhancedEventEmitter();
  return ["emitter", "eventName", "options"].map((called, place) => ({
    name: "extras.enhancedOnce",
    called,
    argument: () => [emitter, "x", {}][place],
    call: async (odd) => {
      const waiting = functions.extras.enhancedOnce(...given([emitter, "x", {}], place, odd));
      emitter.emit(place === 1 && typeof odd === "string" ? odd : "x");
      await waiting;
    },
  }));
}

function workerSubjects({ worker }: Scene): Subject[] {
  return [
    {
      name: "worker.updateSettings",
      called: "settings",
      argument: () => ({ logLevel: "none", logTags: ["ice"] }),
      call: (settings) => worker.updateSettings(wrong(settings)),
    },
    {
      name: "worker.createWebRtcServer",
      called: "options",
      argument: () => ({ listenInfos: [fullInfo("udp"), fullInfo("tcp")], appData: { a: 1 } }),
      call: (options) => closing(worker.createWebRtcServer(wrong(options))),
    },
    {
      name: "worker.createRouter",
      called: "options",
      argument: () => ({ mediaCodecs: structuredClone(mediaCodecs), appData: { a: 1 } }),
      call: (options) => closing(worker.createRouter(wrong(options))),
    },
  ];
}

/** All calls there are, on what the scene has. */
export async function subjectsOf(scene: Scene): Promise<Subject[]> {
  return [
    ...moduleSubjects(),
    ...workerSubjects(scene),
    ...await transportSubjects(scene),
    ...connectSubjects(scene),
    ...await mediaSubjects(scene),
    ...await poolSubjects(scene),
    ...await pipeSubjects(scene),
    ...await directSubjects(scene),
    ...routerSubjects(scene.router),
    ...await observerSubjects(scene.router),
  ];
}

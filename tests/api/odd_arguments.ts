/** All calls of the API with arguments that are right and complete, for tests to spoil. */
import * as sluice from "../../mod.ts";
import { directSubjects } from "./odd_direct_arguments.ts";
import { mediaSubjects } from "./odd_media_arguments.ts";
import { pipeSubjects } from "./odd_pipe_arguments.ts";
import { poolSubjects } from "./odd_pool_arguments.ts";
import { closing, fullAudio, type Subject } from "./odd_subject.ts";
import { connectSubjects, fullInfo, transportSubjects } from "./odd_transport_arguments.ts";
import { audioOptions, mediaCodecs, type Scene, udpInfo, wrong } from "./support.ts";

export type { Subject };

function moduleSubjects(): Subject[] {
  const { ortc } = sluice;
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
        workerBin: "/nowhere",
        libwebrtcFieldTrials: "x",
        appData: { a: 1 },
      }),
      call: (it) => closing(sluice.createWorker(wrong(it))),
    },
    {
      name: "setLogEventListeners",
      called: "listeners",
      argument: () => ({ ondebug: undefined, onwarn: undefined, onerror: undefined }),
      call: (listeners) => {
        sluice.setLogEventListeners(wrong(listeners));
        sluice.setLogEventListeners();
      },
    },
    {
      name: "parseScalabilityMode",
      called: "scalabilityMode",
      argument: () => "L3T3_KEY",
      call: (scalabilityMode) => sluice.parseScalabilityMode(wrong(scalabilityMode)),
    },
    {
      name: "ortc.validateAndNormalizeRtpCapabilities",
      called: "caps",
      argument: () => {
        const { codecs = [], headerExtensions = [] } = sluice.getSupportedRtpCapabilities();
        return { codecs: codecs.slice(-2), headerExtensions: headerExtensions.slice(0, 2) };
      },
      call: (caps) => ortc.validateAndNormalizeRtpCapabilities(wrong(caps)),
    },
    {
      name: "ortc.validateAndNormalizeRtpParameters",
      called: "params",
      argument: () => fullAudio().rtpParameters,
      call: (params) => ortc.validateAndNormalizeRtpParameters(wrong(params)),
    },
    {
      name: "ortc.validateAndNormalizeSctpStreamParameters",
      called: "params",
      argument: () => ({ streamId: 1, ordered: false, maxPacketLifeTime: 10, maxRetransmits: 0 }),
      call: (params) => ortc.validateAndNormalizeSctpStreamParameters(wrong(params)),
    },
    {
      name: "ortc.generateRouterRtpCapabilities",
      called: "mediaCodecs",
      argument: () => structuredClone(mediaCodecs),
      call: (codecs) => ortc.generateRouterRtpCapabilities(wrong(codecs)),
    },
  ];
}

function workerSubjects({ worker, router }: Scene): Subject[] {
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
    {
      name: "router.createAudioLevelObserver",
      called: "options",
      argument: () => ({ maxEntries: 2, threshold: -60, interval: 300, appData: { a: 1 } }),
      call: (options) => closing(router.createAudioLevelObserver(wrong(options))),
    },
    {
      name: "router.createActiveSpeakerObserver",
      called: "options",
      argument: () => ({ interval: 200, appData: { a: 1 } }),
      call: (options) => closing(router.createActiveSpeakerObserver(wrong(options))),
    },
    {
      name: "router.updateMediaCodecs",
      called: "mediaCodecs",
      argument: () => structuredClone(mediaCodecs),
      call: (codecs) => {
        router.updateMediaCodecs(wrong(codecs));
        router.updateMediaCodecs(mediaCodecs);
      },
    },
  ];
}

async function observerSubjects({ router }: Scene): Promise<Subject[]> {
  const transport = await router.createPlainTransport({ listenInfo: udpInfo });
  const { id: producerId } = await transport.produce(audioOptions());
  const observers = [
    await router.createAudioLevelObserver(),
    await router.createActiveSpeakerObserver(),
  ];
  return observers.map((observer) => ({
    name: `${observer.type}: addProducer, removeProducer`,
    called: "options",
    argument: () => ({ producerId }),
    call: async (options) => {
      await observer.removeProducer(wrong(options));
      await observer.addProducer(wrong(options));
    },
  }));
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
    ...await observerSubjects(scene),
  ];
}

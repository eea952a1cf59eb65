/** The router: connects producers with the consumers that receive their media. */

import type {
  ActiveSpeakerObserver,
  ActiveSpeakerObserverOptions,
} from "./active_speaker_observer.ts";
import type { AudioLevelObserver, AudioLevelObserverOptions } from "./audio_level_observer.ts";
import type { AppData, Either } from "./common.ts";
import type { Consumer } from "./consumer.ts";
import type { DataConsumer } from "./data_consumer.ts";
import type { DataProducer } from "./data_producer.ts";
import type { DirectTransport, DirectTransportOptions } from "./direct_transport.ts";
import type { EnhancedEventEmitter } from "../base/emitter.ts";
import type { PipeTransport, PipeTransportOptions } from "./pipe_transport.ts";
import type { PlainTransport, PlainTransportOptions } from "./plain_transport.ts";
import type { Producer } from "./producer.ts";
import type { RtpObserver } from "./rtp_observer.ts";
import type { RouterRtpCodecCapability, RtpCapabilities } from "./rtp_parameters.ts";
import type { SctpTransportOptions } from "./sctp_parameters.ts";
import type { Transport, TransportListenInfo, TransportListenIp } from "./transport.ts";
import type { WebRtcTransport, WebRtcTransportOptions } from "./web_rtc_transport.ts";

/** Options of `createRouter()`. */
export type RouterOptions<RouterAppData extends AppData = AppData> = {
  /** The codecs that producers may use. Default none. */
  mediaCodecs?: RouterRtpCodecCapability[];
  /** Default `{}`. */
  appData?: RouterAppData;
};

type PipeToRouterListenInfo = {
  /** Address of both pipe transports, which then use UDP. Both need a port, so its `port` must be 0. */
  listenInfo: TransportListenInfo;
};

type PipeToRouterListenIp = {
  /**
   * Address of both pipe transports, which then use UDP. Without it and `listenInfo` they are linked
   * within the process, or with `enableSrtp` use UDP on `"127.0.0.1"`.
   */
  listenIp?: TransportListenIp | string;
};

/** Exactly one of `producerId` and `dataProducerId` is needed. */
export type PipeToRouterOptions =
  & {
    producerId?: string;
    dataProducerId?: string;
    /** The router to pipe the producer to. Not this one. */
    router: Router;
    /**
     * Whether the piped producer has the id of the original. Default true, which requires routers
     * of different workers.
     */
    keepId?: boolean;
    /** Retransmission (RTX and NACK) between the routers. Default false. */
    enableRtx?: boolean;
    /** Encryption (SRTP) between the routers, over UDP. Default false. */
    enableSrtp?: boolean;
  }
  & SctpTransportOptions
  & Either<PipeToRouterListenInfo, PipeToRouterListenIp>;

/** The objects that `pipeToRouter()` made at the two ends of the pipe. */
export type PipeToRouterResult = {
  /** Made in this router. */
  pipeConsumer?: Consumer;
  /** Made in the target router. */
  pipeProducer?: Producer;
  /** Made in this router. */
  pipeDataConsumer?: DataConsumer;
  /** Made in the target router. */
  pipeDataProducer?: DataProducer;
};

/** The two ends of a pipe, by router id. */
export type PipeTransportPair = { [key: string]: PipeTransport };

type KeyValue = { key: string; value: string };
type KeyValues = { key: string; values: string[] };

/** The result of a router's `dump()`: ids, and which of them belong together. */
export type RouterDump = {
  id: string;
  transportIds: string[];
  rtpObserverIds: string[];
  mapProducerIdConsumerIds: KeyValues[];
  mapConsumerIdProducerId: KeyValue[];
  mapProducerIdObserverIds: KeyValues[];
  mapDataProducerIdDataConsumerIds: KeyValues[];
  mapDataConsumerIdDataProducerId: KeyValue[];
};

/** Events of a router. */
export type RouterEvents = {
  /** The worker closed, and this router with it. */
  workerclose: [];
  "@close": [];
};

/** The observer of a router. */
export type RouterObserver = EnhancedEventEmitter<RouterObserverEvents>;

/** Events of a router's observer. */
export type RouterObserverEvents = {
  close: [];
  newtransport: [Transport];
  newrtpobserver: [RtpObserver];
};

/**
 * Connects transports: the media of its producers can be consumed on each of its transports.
 *
 * Once it is closed, its methods reject with `NotFoundError`; once its worker is closed, with
 * `WorkerClosedError`.
 */
export interface Router<RouterAppData extends AppData = AppData>
  extends EnhancedEventEmitter<RouterEvents> {
  /** Identifies the router: a UUID. */
  get id(): string;
  /** Whether the router is closed, for whatever reason. It cannot be opened again. */
  get closed(): boolean;
  /** The codecs (with payload types and RTX) and header extensions that the router can receive. */
  get rtpCapabilities(): RtpCapabilities;
  /** Data of the application. */
  get appData(): RouterAppData;
  /** @throws TypeError Not an object. */
  set appData(appData: RouterAppData);
  /** Emits events for observers other than the owner, such as monitoring code. */
  get observer(): RouterObserver;
  /** Closes everything in the router, then the router. */
  close(): void;
  /** @private For the worker. */
  workerClosed(): void;
  /** The engine's view of the router, for debugging. */
  dump(): Promise<RouterDump>;
  /**
   * Makes a transport for a browser.
   *
   * @throws TypeError A wrong option; the text names it.
   * @throws Error No port is free, or the address is not ours.
   */
  createWebRtcTransport<WebRtcTransportAppData extends AppData = AppData>(
    options: WebRtcTransportOptions<WebRtcTransportAppData>,
  ): Promise<WebRtcTransport<WebRtcTransportAppData>>;
  /**
   * Makes a transport for RTP or SRTP over UDP.
   *
   * @throws TypeError A wrong option; the text names it.
   * @throws Error No port is free, or the address is not ours.
   */
  createPlainTransport<PlainTransportAppData extends AppData = AppData>(
    options: PlainTransportOptions<PlainTransportAppData>,
  ): Promise<PlainTransport<PlainTransportAppData>>;
  /**
   * Makes one end of a pipe to a router of any process.
   *
   * @throws TypeError A wrong option; the text names it.
   * @throws Error No port is free, or the address is not ours.
   */
  createPipeTransport<PipeTransportAppData extends AppData = AppData>(
    options: PipeTransportOptions<PipeTransportAppData>,
  ): Promise<PipeTransport<PipeTransportAppData>>;
  /**
   * Makes a transport between the engine and the application: `producer.send()` and
   * `dataProducer.send()` feed its producers, and its consumers emit `rtp` and `message` events. Nothing
   * is lost on the way in. On the way out, packets are dropped and counted in `getStats()` if 4 MB are
   * waiting for the application, and messages if 64 MB more are.
   *
   * @throws TypeError A wrong option; the text names it.
   */
  createDirectTransport<DirectTransportAppData extends AppData = AppData>(
    options?: DirectTransportOptions<DirectTransportAppData>,
  ): Promise<DirectTransport<DirectTransportAppData>>;
  /**
   * Makes a producer of this router available in another one. Two routers share one pair of pipe
   * transports, made with the options of the first call. Pausing, resuming or closing `pipeConsumer` or
   * `pipeProducer` does the same to the other one, and pausing, resuming or closing the original producer
   * does it to both.
   *
   * @throws TypeError A wrong option; `keepId` within one worker; the target already has the producer.
   * @throws NotFoundError The producer is unknown or was closed meanwhile; a router is closed.
   * @throws WorkerClosedError A worker is closed. UnsupportedError `dataProducerId`, `enableSctp`,
   * or the target router lacks the codec.
   * @throws Error No port is free.
   */
  pipeToRouter(options: PipeToRouterOptions): Promise<PipeToRouterResult>;
  /** @private For the other router of a pipe. */
  addPipeTransportPair(
    pipeTransportPairKey: string,
    pipeTransportPairPromise: Promise<PipeTransportPair>,
  ): void;
  /**
   * Makes an observer that reports which of its producers is speaking.
   *
   * @throws TypeError A wrong option; the text names it.
   *
   * ```ts
   * import { createWorker } from "sluice";
   *
   * const worker = await createWorker();
   * const router = await worker.createRouter();
   * const speaker = await router.createActiveSpeakerObserver({ interval: 300 });
   * // For each microphone: await speaker.addProducer({ producerId: producer.id });
   * speaker.on("dominantspeaker", ({ producer }) => console.log(`${producer.id} is speaking`));
   * worker.close();
   * ```
   */
  createActiveSpeakerObserver<ActiveSpeakerObserverAppData extends AppData = AppData>(
    options?: ActiveSpeakerObserverOptions<ActiveSpeakerObserverAppData>,
  ): Promise<ActiveSpeakerObserver<ActiveSpeakerObserverAppData>>;
  /**
   * Makes an observer that reports which of its producers are loudest.
   *
   * @throws TypeError A wrong option; the text names it.
   *
   * ```ts
   * import { createWorker } from "sluice";
   *
   * const worker = await createWorker();
   * const router = await worker.createRouter();
   * const levels = await router.createAudioLevelObserver({ maxEntries: 3, threshold: -60 });
   * // For each microphone: await levels.addProducer({ producerId: producer.id });
   * levels.on("volumes", ([{ producer, volume }]) => console.log(`${producer.id}: ${volume} dBov`));
   * levels.on("silence", () => console.log("nobody"));
   * worker.close();
   * ```
   */
  createAudioLevelObserver<AudioLevelObserverAppData extends AppData = AppData>(
    options?: AudioLevelObserverOptions<AudioLevelObserverAppData>,
  ): Promise<AudioLevelObserver<AudioLevelObserverAppData>>;
  /**
   * Whether an endpoint can consume the producer. Also false for malformed capabilities, and for simulcast
   * until layers can be chosen; the log says why.
   *
   * @throws TypeError The options are not an object.
   */
  canConsume(
    { producerId, rtpCapabilities }: { producerId: string; rtpCapabilities: RtpCapabilities },
  ): boolean;
  /**
   * Replaces the codecs for future producers; existing ones are not affected.
   *
   * @throws TypeError A malformed codec. UnsupportedError One that we do not support.
   */
  updateMediaCodecs(mediaCodecs: RouterRtpCodecCapability[]): void;
}

/** The consumer: media of a producer that we send to an endpoint. */

import type { Buffer } from "node:buffer";
import type { AppData } from "./common.ts";
import type { ConsumerDump } from "./consumer_dump.ts";
import type { Delivery, DeliveryOptions } from "./delivery.ts";
import type { EnhancedEventEmitter } from "../base/emitter.ts";
import type { ProducerStat } from "./producer.ts";
import type { MediaKind, RtpCapabilities, RtpParameters } from "./rtp_parameters.ts";
import type { RtpStreamSendStats } from "./rtp_stream_stats.ts";

export type {
  BaseConsumerDump,
  ConsumerDump,
  PipeConsumerDump,
  RtpStreamDump,
  RtpStreamParametersDump,
  RtxStreamDump,
  RtxStreamParameters,
  SimpleConsumerDump,
  SimulcastConsumerDump,
  SvcConsumerDump,
} from "./consumer_dump.ts";

/** Options of `consume()`. */
export type ConsumerOptions<ConsumerAppData extends AppData = AppData> = {
  /** The producer to consume. */
  producerId: string;
  /** What the receiving endpoint can receive. */
  rtpCapabilities: RtpCapabilities;
  /**
   * Whether to start paused. Default false.
   *
   * Start video paused, and resume it once the endpoint has made its receiver: an earlier key frame is
   * lost, and the picture stays black until the next one.
   */
  paused?: boolean;
  /** MID. Default: the transport numbers its consumers 0, 1, 2… */
  mid?: string;
  /** Layers to prefer. Ignored for SVC, whose layers are all sent, and for streams without layers. */
  preferredLayers?: ConsumerLayers;
  /**
   * Whether to repair losses with NACK and RTX if both ends support them. Default true for video and
   * false for audio.
   */
  enableRtx?: boolean;
  /** Whether to leave out Opus packets of silence (DTX). Default false. */
  ignoreDtx?: boolean;
  /** Whether to forward all streams of the producer. Default false. */
  pipe?: boolean;
  /** Default `{}`. */
  appData?: ConsumerAppData;
};

/** One stream, a choice among several streams or among layers, or all streams (`pipe`). */
export type ConsumerType = "simple" | "simulcast" | "svc" | "pipe";

/** Scores are 0 (dead) to 10 (flawless). */
export type ConsumerScore = {
  /** Score of the stream that we send. */
  score: number;
  /** Score of the producer's stream that is being forwarded. */
  producerScore: number;
  /** Scores of all streams of the producer, in the order of its encodings. */
  producerScores: number[];
};

/** Layers of a stream, each counted from 0. */
export type ConsumerLayers = {
  /** 0 is the lowest. */
  spatialLayer: number;
  /** 0 is the lowest. Default the highest. */
  temporalLayer?: number;
};

/** Statistics of the stream that a consumer sends. */
export type ConsumerStat = RtpStreamSendStats;

/** The types of trace events of a consumer. */
export type ConsumerTraceEventType = "rtp" | "keyframe" | "nack" | "pli" | "fir";

/** A trace event of a consumer. */
export type ConsumerTraceEventData = {
  type: ConsumerTraceEventType;
  /** Wall clock: milliseconds since the epoch. */
  timestamp: number;
  direction: "in" | "out";
  info: Record<string, unknown>;
};

/** Events of a consumer. */
export type ConsumerEvents = {
  /** The transport closed, and this consumer with it. */
  transportclose: [];
  /** The producer closed, and this consumer with it. */
  producerclose: [];
  producerpause: [];
  producerresume: [];
  score: [ConsumerScore];
  /** The layers being sent; undefined if nothing is sent. */
  layerschange: [ConsumerLayers?];
  trace: [ConsumerTraceEventData];
  /** An RTP packet for the application. Only on a direct transport. */
  rtp: [Buffer];
  /**
   * The packets that came together, for the application. Only on a direct transport; cheaper than one
   * event per packet. mediasoup does not have it.
   */
  rtpbatch: [Buffer[]];
  "@close": [];
  "@producerclose": [];
};

/** The observer of a consumer. */
export type ConsumerObserver = EnhancedEventEmitter<ConsumerObserverEvents>;

/** Events of a consumer's observer. */
export type ConsumerObserverEvents = {
  close: [];
  /** Nothing is sent any more: the consumer or its producer was paused. */
  pause: [];
  /** Neither the consumer nor its producer is paused any more. */
  resume: [];
  score: [ConsumerScore];
  layerschange: [ConsumerLayers?];
  trace: [ConsumerTraceEventData];
};

/**
 * The media of one producer that one endpoint receives.
 *
 * Once it is closed, its methods reject with `NotFoundError`; once its worker is closed, with
 * `WorkerClosedError`.
 */
export interface Consumer<ConsumerAppData extends AppData = AppData>
  extends EnhancedEventEmitter<ConsumerEvents> {
  /** Identifies the consumer: a UUID. */
  get id(): string;
  /** The id of the producer. */
  get producerId(): string;
  /** Whether the consumer is closed, for whatever reason. It cannot be opened again. */
  get closed(): boolean;
  /** Sound or pictures. */
  get kind(): MediaKind;
  /** What the endpoint should expect. */
  get rtpParameters(): RtpParameters;
  /** The kind of consumer. */
  get type(): ConsumerType;
  /** Whether this consumer is paused, independent of its producer. */
  get paused(): boolean;
  /** Whether the producer is paused. */
  get producerPaused(): boolean;
  /** 1 to 255, as `setPriority()` set it. */
  get priority(): number;
  /** How well streams arrive, from 0 to 10. */
  get score(): ConsumerScore;
  /** The layers that `setPreferredLayers()` chose. */
  get preferredLayers(): ConsumerLayers | undefined;
  /** The layers that are sent now; undefined if nothing is sent, or there are no layers. */
  get currentLayers(): ConsumerLayers | undefined;
  /** Data of the application. */
  get appData(): ConsumerAppData;
  /** @throws TypeError Not an object. */
  set appData(appData: ConsumerAppData);
  /** Emits events for observers other than the owner, such as monitoring code. */
  get observer(): ConsumerObserver;
  /** Closes the consumer; does nothing if it is already closed. */
  close(): void;
  /** @private For the transport. */
  transportClosed(): void;
  /**
   * The engine's view of the consumer, for debugging. Rejects if the consumer or its worker is
   * closed.
   */
  dump(): Promise<ConsumerDump>;
  /** The stream that we send, then the producer's stream that it comes from. */
  getStats(): Promise<(ConsumerStat | ProducerStat)[]>;
  /** The endpoint gets nothing from now on. */
  pause(): Promise<void>;
  /** The endpoint gets packets again; video begins with a key frame. */
  resume(): Promise<void>;
  /**
   * Does nothing for a consumer whose stream has no layers.
   *
   * @throws TypeError Layers that are missing, or not whole numbers from 0 to 255.
   * @throws UnsupportedError The consumer is of SVC, whose layers cannot be chosen.
   */
  setPreferredLayers({ spatialLayer, temporalLayer }: ConsumerLayers): Promise<void>;
  /**
   * The consumer with the higher priority is served first when bandwidth is short. Without effect
   * while the engine has no bandwidth estimation: the priority is checked, kept and shown in dumps.
   *
   * @param priority 1 to 255.
   * @throws TypeError Not a whole number in that range.
   */
  setPriority(priority: number): Promise<void>;
  /** Sets the priority to 1. */
  unsetPriority(): Promise<void>;
  /** Asks the producer's endpoint for a key frame. */
  requestKeyFrame(): Promise<void>;
  /**
   * Chooses the `trace` events to emit; an empty list turns them off.
   *
   * @throws TypeError Not a list of strings.
   */
  enableTraceEvent(types?: ConsumerTraceEventType[]): Promise<void>;
  /**
   * The RTP packets from now on, for `for await`. Only on a direct transport. mediasoup does not have it.
   *
   * Packets that arrive faster than the loop takes them wait. When `maxQueued` are waiting, the oldest is
   * dropped and counted. The loop ends when the consumer closes.
   *
   * @throws TypeError `maxQueued` is wrong. UnsupportedError The transport is not direct.
   */
  packets(options?: DeliveryOptions): Delivery<Buffer>;
  /** The same as `packets()` without options. */
  [Symbol.asyncIterator](): Delivery<Buffer>;
}

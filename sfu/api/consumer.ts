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
   * Video is best started paused and resumed when the endpoint has made its receiver: a key
   * frame that comes earlier is lost, and the picture stays black until the next one.
   */
  paused?: boolean;
  /** MID. Default: the transport counts 0, 1, 2… */
  mid?: string;
  /** Layers to prefer. Ignored for SVC, all of whose layers are sent, and where there are none. */
  preferredLayers?: ConsumerLayers;
  /**
   * Whether to repair losses with NACK and RTX where both ends can. Default true for video and
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

/** Whether a consumer has one stream, chooses among streams or layers, or gets all (`pipe`). */
export type ConsumerType = "simple" | "simulcast" | "svc" | "pipe";

/** Scores are 0 (dead) to 10 (flawless). */
export type ConsumerScore = {
  /** Of the stream that we send. */
  score: number;
  /** Of the producer's stream that is being forwarded. */
  producerScore: number;
  /** Of all the producer's streams, in the order of its encodings. */
  producerScores: number[];
};

/** Layers of a stream, each counted from 0. */
export type ConsumerLayers = {
  /** 0 is the lowest. */
  spatialLayer: number;
  /** 0 is the lowest. Default the highest. */
  temporalLayer?: number;
};

/** What a consumer's `getStats()` tells of the stream that it sends. */
export type ConsumerStat = RtpStreamSendStats;

/** What a consumer can trace. */
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
  /** The layers being sent; none when nothing is sent. */
  layerschange: [ConsumerLayers?];
  trace: [ConsumerTraceEventData];
  /** An RTP packet for the application. On a direct transport only. */
  rtp: [Buffer];
  /**
   * The packets that came together, for the application; beyond mediasoup. On a direct transport
   * only, and cheaper than one event each.
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
 * What one endpoint gets of one producer.
 *
 * Once it is closed its methods reject with `NotFoundError`, and with `WorkerClosedError` once its
 * worker is.
 */
export interface Consumer<ConsumerAppData extends AppData = AppData>
  extends EnhancedEventEmitter<ConsumerEvents> {
  /** Identifies the consumer: a UUID. */
  get id(): string;
  /** The producer's. */
  get producerId(): string;
  /** Whether the consumer is closed, by whatever: then it stays so. */
  get closed(): boolean;
  /** Sound or pictures. */
  get kind(): MediaKind;
  /** What the endpoint is to expect. */
  get rtpParameters(): RtpParameters;
  /** Which kind of consumer it is. */
  get type(): ConsumerType;
  /** Whether this consumer is paused, whatever its producer is. */
  get paused(): boolean;
  /** Whether the producer is paused. */
  get producerPaused(): boolean;
  /** 1 to 255, as `setPriority()` set it. */
  get priority(): number;
  /** How well streams arrive, from 0 to 10. */
  get score(): ConsumerScore;
  /** What `setPreferredLayers()` asked for. */
  get preferredLayers(): ConsumerLayers | undefined;
  /** What the endpoint gets now; undefined when it is nothing, or there are no layers. */
  get currentLayers(): ConsumerLayers | undefined;
  /** What the application keeps with it. */
  get appData(): ConsumerAppData;
  /** @throws TypeError What is no object. */
  set appData(appData: ConsumerAppData);
  /** Tells of what happens, to those who did not make it happen. */
  get observer(): ConsumerObserver;
  /** Closes the consumer; harmless when it is closed. */
  close(): void;
  /** @private For the transport. */
  transportClosed(): void;
  /**
   * The engine's view of the consumer, for debugging. Rejects once the consumer or its worker is
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
   * @throws TypeError No layers, or no whole numbers from 0 to 255.
   * @throws UnsupportedError The consumer is of SVC, whose layers cannot be chosen.
   */
  setPreferredLayers({ spatialLayer, temporalLayer }: ConsumerLayers): Promise<void>;
  /**
   * The consumer with the higher priority is served first when bandwidth is short. Without effect
   * while the engine has no bandwidth estimation: the priority is checked, kept and shown in dumps.
   *
   * @param priority 1 to 255.
   * @throws TypeError No whole number in that range.
   */
  setPriority(priority: number): Promise<void>;
  /** Back to 1. */
  unsetPriority(): Promise<void>;
  /** Asks the producer's endpoint for a key frame. */
  requestKeyFrame(): Promise<void>;
  /**
   * Which `trace` events to emit; none turns them off.
   *
   * @throws TypeError No list of texts.
   */
  enableTraceEvent(types?: ConsumerTraceEventType[]): Promise<void>;
  /**
   * The RTP packets from here on, for `for await`; beyond mediasoup. On a direct transport only.
   *
   * Packets that come faster than the loop takes them wait; when `maxQueued` wait, the oldest is
   * dropped and counted. The loop ends when the consumer closes.
   *
   * @throws TypeError `maxQueued` is wrong. UnsupportedError The transport is not direct.
   */
  packets(options?: DeliveryOptions): Delivery<Buffer>;
  /** `packets()` with its defaults. */
  [Symbol.asyncIterator](): Delivery<Buffer>;
}

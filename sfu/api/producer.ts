/** The producer: media that an endpoint sends to us. */

import type { Buffer } from "node:buffer";
import type { AppData } from "./common.ts";
import type { EnhancedEventEmitter } from "../base/emitter.ts";
import type { MediaKind, RtpParameters } from "./rtp_parameters.ts";
import type { RtpStreamRecvStats } from "./rtp_stream_stats.ts";

/** Options of `produce()`. */
export type ProducerOptions<ProducerAppData extends AppData = AppData> = {
  /** For `router.pipeToRouter()`. Unique in the transport. Default: a new UUID. */
  id?: string;
  kind: MediaKind;
  /** What the endpoint sends. */
  rtpParameters: RtpParameters;
  /** Whether to start paused. Default false. */
  paused?: boolean;
  /** Milliseconds between two key-frame requests to the sender. Video only. Default 0. */
  keyFrameRequestDelay?: number;
  /** Whether to add the `packet-id` header extension to what arrives. Default false. */
  enableMediasoupPacketIdHeaderExtension?: boolean;
  /** Default `{}`. */
  appData?: ProducerAppData;
};

/** One stream, several streams of different quality, or layers within one stream. */
export type ProducerType = "simple" | "simulcast" | "svc";

/** How well a stream arrives. */
export type ProducerScore = {
  /** Index in `rtpParameters.encodings`. */
  encodingIdx: number;
  ssrc: number;
  rid?: string;
  /** 0 (dead) to 10 (flawless). */
  score: number;
};

/** How a camera is held (3GPP TS 26.114, 7.4.5). */
export type ProducerVideoOrientation = {
  /** Whether the video comes from a camera that faces away from the user. */
  camera: boolean;
  /** Whether the video is mirrored. */
  flip: boolean;
  /** 0, 90, 180 or 270 degrees. */
  rotation: number;
};

/** What a producer's `dump()` tells. */
export type ProducerDump = {
  id: string;
  kind: string;
  type: ProducerType;
  rtpParameters: RtpParameters;
  rtpMapping: unknown;
  rtpStreams: unknown;
  traceEventTypes: string[];
  paused: boolean;
};

/** What a producer's `getStats()` tells of each stream that has begun. */
export type ProducerStat = RtpStreamRecvStats;

/** What a producer can trace. */
export type ProducerTraceEventType = "rtp" | "keyframe" | "nack" | "pli" | "fir" | "sr";

/** A trace event of a producer. */
export type ProducerTraceEventData = {
  type: ProducerTraceEventType;
  /** Wall clock: milliseconds since the epoch. */
  timestamp: number;
  direction: "in" | "out";
  info: Record<string, unknown>;
};

/** Events of a producer. */
export type ProducerEvents = {
  /** The transport closed, and this producer with it. */
  transportclose: [];
  score: [ProducerScore[]];
  videoorientationchange: [ProducerVideoOrientation];
  trace: [ProducerTraceEventData];
  "@close": [];
};

/** The observer of a producer. */
export type ProducerObserver = EnhancedEventEmitter<ProducerObserverEvents>;

/** Events of a producer's observer. */
export type ProducerObserverEvents = {
  close: [];
  pause: [];
  resume: [];
  score: [ProducerScore[]];
  videoorientationchange: [ProducerVideoOrientation];
  trace: [ProducerTraceEventData];
};

/**
 * What an endpoint sends of one source: a camera, a microphone.
 *
 * Once it is closed its methods reject with `NotFoundError`, and with `WorkerClosedError` once its
 * worker is.
 */
export interface Producer<ProducerAppData extends AppData = AppData>
  extends EnhancedEventEmitter<ProducerEvents> {
  /** Identifies the producer: a UUID, unless `produce()` was given another. */
  get id(): string;
  /** Whether the producer is closed, by whatever: then it stays so. */
  get closed(): boolean;
  /** Sound or pictures. */
  get kind(): MediaKind;
  /** What the endpoint sends, with every default filled in. */
  get rtpParameters(): RtpParameters;
  /** Which kind of producer it is. */
  get type(): ProducerType;
  /** @private What consumers' parameters are made of. */
  get consumableRtpParameters(): RtpParameters;
  /** Whether the producer is paused by `pause()`. */
  get paused(): boolean;
  /** How well streams arrive, from 0 to 10. */
  get score(): ProducerScore[];
  /** What the application keeps with it. */
  get appData(): ProducerAppData;
  /** @throws TypeError What is no object. */
  set appData(appData: ProducerAppData);
  /** Tells of what happens, to those who did not make it happen. */
  get observer(): ProducerObserver;
  /** Closes the producer and the consumers that receive it. */
  close(): void;
  /** @private For the transport. */
  transportClosed(): void;
  /**
   * The engine's view of the producer, for debugging. Rejects once the producer or its worker is
   * closed.
   */
  dump(): Promise<ProducerDump>;
  /** One entry for each stream received. */
  getStats(): Promise<ProducerStat[]>;
  /** Nobody gets what arrives from now on. Consumers are told. */
  pause(): Promise<void>;
  /** Consumers get packets again; they ask for key frames. */
  resume(): Promise<void>;
  /**
   * Which `trace` events to emit; none turns them off.
   *
   * @throws TypeError No list of texts.
   */
  enableTraceEvent(types?: ProducerTraceEventType[]): Promise<void>;
  /**
   * Feeds an RTP packet, on a direct transport only. It is copied: the buffer may be used again. Does
   * nothing when the producer or the worker is closed.
   *
   * @param rtpPacket At most 1,600 bytes. What is no RTP packet of the transport's producers is
   * dropped and counted, as from a network.
   * @throws TypeError Not bytes, or too many. UnsupportedError The transport is not direct.
   */
  send(rtpPacket: Buffer): void;
  /**
   * Feeds many RTP packets in their order; beyond mediasoup. All are checked before the first is
   * taken.
   *
   * @returns How many the engine will get: all, or none when the producer or the worker is closed.
   * @throws As {@linkcode send}.
   */
  sendBatch(rtpPackets: Buffer[]): number;
}

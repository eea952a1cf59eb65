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
  /** Whether to add the `packet-id` header extension to arriving packets. Default false. */
  enableMediasoupPacketIdHeaderExtension?: boolean;
  /** Default `{}`. */
  appData?: ProducerAppData;
};

/** One stream, several streams of different quality, or layers within one stream. */
export type ProducerType = "simple" | "simulcast" | "svc";

/** How well one stream arrives. */
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

/** The result of a producer's `dump()`. */
export type ProducerDump = {
  id: string;
  kind: string;
  type: ProducerType;
  rtpParameters: RtpParameters;
  rtpMapping: unknown;
  rtpStreams: unknown;
  traceEventTypes: string[];
  paused: boolean;
  /** What it gave up, by reason: `docs/counters.md`. mediasoup has none. */
  drops: Record<string, number>;
};

/** An entry of a producer's `getStats()`: a stream that has begun. */
export type ProducerStat = RtpStreamRecvStats;

/** The types of trace events of a producer. */
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
 * The media of one source of an endpoint, such as a camera or a microphone.
 *
 * Once it is closed, its methods reject with `NotFoundError`; once its worker is closed, with
 * `WorkerClosedError`.
 */
export interface Producer<ProducerAppData extends AppData = AppData>
  extends EnhancedEventEmitter<ProducerEvents> {
  /** Identifies the producer: a UUID, unless `produce()` was given another. */
  get id(): string;
  /** Whether the producer is closed, for whatever reason. It cannot be opened again. */
  get closed(): boolean;
  /** Sound or pictures. */
  get kind(): MediaKind;
  /** What the endpoint sends, with every default filled in. */
  get rtpParameters(): RtpParameters;
  /** The kind of producer. */
  get type(): ProducerType;
  /** @private The parameters from which those of consumers are made. */
  get consumableRtpParameters(): RtpParameters;
  /** Whether the producer is paused by `pause()`. */
  get paused(): boolean;
  /** How well streams arrive, from 0 to 10. */
  get score(): ProducerScore[];
  /** Data of the application. */
  get appData(): ProducerAppData;
  /** @throws TypeError Not an object. */
  set appData(appData: ProducerAppData);
  /** Emits events for observers other than the owner, such as monitoring code. */
  get observer(): ProducerObserver;
  /** Closes the producer and the consumers that receive it. */
  close(): void;
  /** @private For the transport. */
  transportClosed(): void;
  /**
   * The engine's view of the producer, for debugging. Rejects if the producer or its worker is
   * closed.
   */
  dump(): Promise<ProducerDump>;
  /** One entry per received stream. */
  getStats(): Promise<ProducerStat[]>;
  /** Consumers get nothing from now on, and emit `producerpause`. */
  pause(): Promise<void>;
  /** Consumers get packets again, and video begins with a key frame. */
  resume(): Promise<void>;
  /**
   * Chooses the `trace` events to emit; an empty list turns them off.
   *
   * @throws TypeError Not a list of strings.
   */
  enableTraceEvent(types?: ProducerTraceEventType[]): Promise<void>;
  /**
   * Gives the producer an RTP packet. Only on a direct transport. The packet is copied: the buffer may be
   * used again. Does nothing if the producer or the worker is closed.
   *
   * @param rtpPacket At most 1,600 bytes. Anything but an RTP packet of the transport's producers is
   * dropped and counted, as if it came from a network.
   * @throws TypeError Not bytes, or too many bytes. UnsupportedError The transport is not direct.
   */
  send(rtpPacket: Buffer): void;
  /**
   * Gives the producer several RTP packets in order. All are checked before the first is sent. mediasoup
   * does not have it.
   *
   * @returns How many the engine will get: all, or none if the producer or the worker is closed.
   * @throws As {@linkcode send}.
   */
  sendBatch(rtpPackets: Buffer[]): number;
}

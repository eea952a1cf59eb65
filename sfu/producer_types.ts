/** The producer: media that an endpoint sends to us. */

import type { Buffer } from "node:buffer";
import type { AppData } from "./common_types.ts";
import type { EnhancedEventEmitter } from "./emitter.ts";
import type { MediaKind, RtpParameters } from "./rtp_parameters_types.ts";
import type { RtpStreamRecvStats } from "./rtp_stream_stats_types.ts";

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

export type ProducerScore = {
  /** Index in `rtpParameters.encodings`. */
  encodingIdx: number;
  ssrc: number;
  rid?: string;
  /** 0 (dead) to 10 (flawless). */
  score: number;
};

export type ProducerVideoOrientation = {
  /** Whether the video comes from a camera that faces away from the user. */
  camera: boolean;
  /** Whether the video is mirrored. */
  flip: boolean;
  /** 0, 90, 180 or 270 degrees. */
  rotation: number;
};

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

export type ProducerStat = RtpStreamRecvStats;

export type ProducerTraceEventType = "rtp" | "keyframe" | "nack" | "pli" | "fir" | "sr";

export type ProducerTraceEventData = {
  type: ProducerTraceEventType;
  /** Wall clock: milliseconds since the epoch. */
  timestamp: number;
  direction: "in" | "out";
  info: Record<string, unknown>;
};

export type ProducerEvents = {
  /** The transport closed, and this producer with it. */
  transportclose: [];
  score: [ProducerScore[]];
  videoorientationchange: [ProducerVideoOrientation];
  trace: [ProducerTraceEventData];
  "@close": [];
};

export type ProducerObserver = EnhancedEventEmitter<ProducerObserverEvents>;

export type ProducerObserverEvents = {
  close: [];
  pause: [];
  resume: [];
  score: [ProducerScore[]];
  videoorientationchange: [ProducerVideoOrientation];
  trace: [ProducerTraceEventData];
};

export interface Producer<ProducerAppData extends AppData = AppData>
  extends EnhancedEventEmitter<ProducerEvents> {
  get id(): string;
  get closed(): boolean;
  get kind(): MediaKind;
  get rtpParameters(): RtpParameters;
  get type(): ProducerType;
  /** @private For the router and its consumers: the parameters in the router's own terms. */
  get consumableRtpParameters(): RtpParameters;
  get paused(): boolean;
  get score(): ProducerScore[];
  get appData(): ProducerAppData;
  set appData(appData: ProducerAppData);
  get observer(): ProducerObserver;
  /** Closes the producer and the consumers that receive it. */
  close(): void;
  /** @private For the transport. */
  transportClosed(): void;
  dump(): Promise<ProducerDump>;
  /** One entry for each stream received. */
  getStats(): Promise<ProducerStat[]>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Which `trace` events to emit; none turns them off. */
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

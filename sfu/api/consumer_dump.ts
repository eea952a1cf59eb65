/** The results of `consumer.dump()`, by type of consumer. */

import type { MediaKind, RtpEncodingParameters, RtpParameters } from "./rtp_parameters.ts";

/** The result of a consumer's `dump()`, by type. */
export type ConsumerDump =
  | SimpleConsumerDump
  | SimulcastConsumerDump
  | SvcConsumerDump
  | PipeConsumerDump;

/** The dump of a consumer with one stream without layers. */
export type SimpleConsumerDump = BaseConsumerDump & {
  type: string;
  rtpStream: RtpStreamDump;
};

/** The dump of a consumer that chooses among several streams. */
export type SimulcastConsumerDump = BaseConsumerDump & {
  type: string;
  rtpStream: RtpStreamDump;
  preferredSpatialLayer: number;
  targetSpatialLayer: number;
  currentSpatialLayer: number;
  preferredTemporalLayer: number;
  targetTemporalLayer: number;
  currentTemporalLayer: number;
};

/** The dump of a consumer of one stream with layers. */
export type SvcConsumerDump = SimulcastConsumerDump;

/** The dump of a consumer that gets all streams. */
export type PipeConsumerDump = BaseConsumerDump & {
  type: string;
  rtpStreams: RtpStreamDump[];
};

/** The fields that all kinds of consumers have. */
export type BaseConsumerDump = {
  id: string;
  producerId: string;
  kind: MediaKind;
  rtpParameters: RtpParameters;
  consumableRtpEncodings?: RtpEncodingParameters[];
  supportedCodecPayloadTypes: number[];
  traceEventTypes: string[];
  paused: boolean;
  producerPaused: boolean;
  priority: number;
  /** What it did not send, by reason: `docs/counters.md`. mediasoup has none. */
  drops: Record<string, number>;
};

/** One stream. */
export type RtpStreamDump = {
  params: RtpStreamParametersDump;
  /** 0 (dead) to 10 (flawless). */
  score: number;
  rtxStream?: RtxStreamDump;
};

/** The parameters of one stream. */
export type RtpStreamParametersDump = {
  encodingIdx: number;
  ssrc: number;
  payloadType: number;
  mimeType: string;
  /** Hertz. */
  clockRate: number;
  rid?: string;
  cname: string;
  rtxSsrc?: number;
  rtxPayloadType?: number;
  useNack: boolean;
  usePli: boolean;
  useFir: boolean;
  useInBandFec: boolean;
  useDtx: boolean;
  spatialLayers: number;
  temporalLayers: number;
};

/** The stream that carries another one's retransmissions (RFC 4588). */
export type RtxStreamDump = { params: RtxStreamParameters };

/** The parameters of a stream of retransmissions. */
export type RtxStreamParameters = {
  ssrc: number;
  payloadType: number;
  mimeType: string;
  /** Hertz. */
  clockRate: number;
  rrid?: string;
  cname: string;
};

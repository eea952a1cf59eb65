/** What `consumer.dump()` shows, by type of consumer. */

import type { MediaKind, RtpEncodingParameters, RtpParameters } from "./rtp_parameters.ts";

/** What a consumer's `dump()` tells, by its type. */
export type ConsumerDump =
  | SimpleConsumerDump
  | SimulcastConsumerDump
  | SvcConsumerDump
  | PipeConsumerDump;

/** Of a consumer with one stream that has no layers. */
export type SimpleConsumerDump = BaseConsumerDump & {
  type: string;
  rtpStream: RtpStreamDump;
};

/** Of a consumer that chooses among several streams. */
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

/** Of a consumer that chooses among the layers of one stream. */
export type SvcConsumerDump = SimulcastConsumerDump;

/** Of a consumer that gets all streams. */
export type PipeConsumerDump = BaseConsumerDump & {
  type: string;
  rtpStreams: RtpStreamDump[];
};

/** What all kinds of consumers tell. */
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
};

/** A stream and what it is like. */
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

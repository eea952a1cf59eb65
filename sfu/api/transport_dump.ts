/** Dumps and statistics that all transports have. Bitrates are in bits per second. */

import type { SctpNegotiatedCapabilities, SctpParameters } from "./sctp_parameters.ts";
import type { SctpState } from "./transport.ts";

/** The producer (`value`) of packets that carry an SSRC, MID or RID (`key`). */
export type RtpListenerDump = {
  ssrcTable: { key: number; value: string }[];
  midTable: { key: string; value: string }[];
  ridTable: { key: string; value: string }[];
};

/** The data producer (`value`) of an SCTP stream (`key`). */
export type SctpListenerDump = {
  streamIdTable: { key: number; value: string }[];
};

/** Ids of the header extensions that the transport itself reads. */
export type RecvRtpHeaderExtensions = {
  /** Header extension id. */
  mid?: number;
  /** Header extension id. */
  rid?: number;
  /** Header extension id. */
  rrid?: number;
  /** Header extension id. */
  absSendTime?: number;
  /** Header extension id. */
  transportWideCc01?: number;
};

/** The fields that `dump()` of every transport has. */
export type BaseTransportDump = {
  id: string;
  producerIds: string[];
  consumerIds: string[];
  mapSsrcConsumerId: { key: number; value: string }[];
  mapRtxSsrcConsumerId: { key: number; value: string }[];
  recvRtpHeaderExtensions: RecvRtpHeaderExtensions;
  rtpListener: RtpListenerDump;
  /** Bytes. */
  maxSendMessageSize: number;
  /** Bytes. */
  maxReceiveMessageSize: number;
  dataProducerIds: string[];
  dataConsumerIds: string[];
  sctpParameters?: SctpParameters;
  sctpState?: SctpState;
  sctpNegotiatedCapabilities?: SctpNegotiatedCapabilities;
  sctpListener?: SctpListenerDump;
  traceEventTypes?: string[];
  /** What it refused, by reason: `docs/counters.md`. mediasoup has none. */
  drops: Record<string, number>;
};

/** The fields that `getStats()` of every transport has: bytes since it was made, and bits per second. */
export type BaseTransportStats = {
  transportId: string;
  /** Time of the figures on the wall clock: milliseconds since the epoch. */
  timestamp: number;
  sctpState?: SctpState;
  bytesReceived: number;
  /** Bits per second. */
  recvBitrate: number;
  bytesSent: number;
  /** Bits per second. */
  sendBitrate: number;
  rtpBytesReceived: number;
  /** Bits per second. */
  rtpRecvBitrate: number;
  rtpBytesSent: number;
  /** Bits per second. */
  rtpSendBitrate: number;
  rtxBytesReceived: number;
  /** Bits per second. */
  rtxRecvBitrate: number;
  rtxBytesSent: number;
  /** Bits per second. */
  rtxSendBitrate: number;
  /** Bytes sent to probe the available bandwidth. */
  probationBytesSent: number;
  /** Bits per second. */
  probationSendBitrate: number;
  /** Bits per second. */
  availableOutgoingBitrate?: number;
  /** Bits per second. */
  availableIncomingBitrate?: number;
  /** Bits per second. */
  maxIncomingBitrate?: number;
  /** Bits per second. */
  maxOutgoingBitrate?: number;
  /** Bits per second. */
  minOutgoingBitrate?: number;
  /** Share of packets lost, 0 to 1. */
  rtpPacketLossReceived?: number;
  /** Share of packets lost, 0 to 1. */
  rtpPacketLossSent?: number;
};

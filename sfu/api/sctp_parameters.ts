/** SCTP associations and their streams (RFC 9260, RFC 8831). All sizes are in bytes. */

import type { SctpState } from "./transport.ts";

/** Options that WebRTC, plain and pipe transports share. */
export type SctpTransportOptions = {
  /** Whether to open an SCTP association. Default false. */
  enableSctp?: boolean;
  /** Largest message that a DataConsumer may send, bytes. Default 262144. */
  maxSendMessageSize?: number;
  /** Largest message that a DataProducer accepts, bytes. Default 262144. */
  maxReceiveMessageSize?: number;
  /** Send buffer shared by all DataConsumers of the transport, bytes. Default 2000000. */
  sctpSendBufferSize?: number;
  /** How much one stream may queue, bytes. Default 2000000. */
  sctpPerStreamSendQueueLimit?: number;
  /** Receive window, bytes. Should exceed the largest message to be received. Default 5242880. */
  sctpMaxReceiverWindowBufferSize?: number;
  /**
   * At or below this amount, bytes, a DataConsumer emits `bufferedamountlow`.
   * `setBufferedAmountLowThreshold()` changes it. Default 1024.
   */
  sctpDefaultStreamBufferedAmountLowThreshold?: number;
};

/** The local end of an association, to be sent to the remote end. */
export type SctpParameters = {
  /** SCTP port (not a UDP port). */
  port: number;
  /** Bytes. */
  maxSendMessageSize: number;
  /** Bytes. */
  maxReceiveMessageSize: number;
  /** Bytes. */
  sendBufferSize: number;
  /** Bytes. */
  perStreamSendQueueLimit: number;
  /** Bytes. */
  maxReceiverWindowBufferSize: number;
  /** Whether this association carries WebRTC data channels: only true in WebRTC transports. */
  isDataChannel: boolean;
  /** Outgoing streams, kept for older clients: always 65535. */
  OS: number;
  /** Incoming streams, kept for older clients: always 65535. */
  MIS: number;
  /** `maxReceiveMessageSize` under the name that older clients read: bytes. */
  maxMessageSize: number;
};

/** The streams that both ends agreed on. Known once the association is connected. */
export type SctpNegotiatedCapabilities = {
  negotiatedMaxOutboundStreams: number;
  negotiatedMaxInboundStreams: number;
};

/**
 * Order and reliability of one stream. An ordered stream is reliable; an unordered one may have
 * either of the two limits, not both.
 */
export type SctpStreamParameters = {
  /** SCTP stream id, 0 to 65534. */
  streamId: number;
  /** Default true, or false when a limit is given. */
  ordered?: boolean;
  /** Milliseconds after which a message is not sent again. */
  maxPacketLifeTime?: number;
  /** How often a message may be sent again. */
  maxRetransmits?: number;
};

/** The SCTP state that WebRTC, plain and pipe transports have. */
export interface SctpGetters {
  /** Undefined without SCTP. */
  get sctpParameters(): SctpParameters | undefined;
  /** Undefined without SCTP. */
  get sctpState(): SctpState | undefined;
  /** Known once the association is connected. */
  get sctpNegotiatedCapabilities(): SctpNegotiatedCapabilities | undefined;
}

/** The SCTP events of these transports and of their observers. */
export type SctpEvents = { sctpstatechange: [SctpState] };

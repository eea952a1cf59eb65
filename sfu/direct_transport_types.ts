/** The direct transport: RTP, RTCP and messages to and from the application itself. */

import type { Buffer } from "node:buffer";
import type { AppData } from "./common_types.ts";
import type { EnhancedEventEmitter } from "./emitter.ts";
import type {
  BaseTransportDump,
  BaseTransportStats,
  Transport,
  TransportEvents,
  TransportObserverEvents,
} from "./transport_types.ts";

export type DirectTransportOptions<DirectTransportAppData extends AppData = AppData> = {
  /**
   * Largest message that a DataConsumer delivers, bytes; larger ones are dropped and counted. At most
   * 786432. Default 262144.
   */
  maxSendMessageSize?: number;
  /** Largest message that a DataProducer accepts, bytes. At most 786432. Default 262144. */
  maxReceiveMessageSize?: number;
  /** Default `{}`. */
  appData?: DirectTransportAppData;
};

export type DirectTransportDump = BaseTransportDump;

export type DirectTransportStat = BaseTransportStats & {
  /** `"direct-transport"`. */
  type: string;
  /** RTP and RTCP that was dropped because the application was too slow. Beyond mediasoup. */
  packetsDropped: number;
  /** Messages that were dropped because the application was too slow. Beyond mediasoup. */
  messagesDropped: number;
};

export type DirectTransportEvents = TransportEvents & {
  /** An RTCP packet for the application. */
  rtcp: [Buffer];
};

export type DirectTransportObserver = EnhancedEventEmitter<DirectTransportObserverEvents>;

export type DirectTransportObserverEvents = TransportObserverEvents & {
  rtcp: [Buffer];
};

export interface DirectTransport<DirectTransportAppData extends AppData = AppData>
  extends Transport<DirectTransportAppData, DirectTransportEvents, DirectTransportObserver> {
  get type(): "direct";
  get observer(): DirectTransportObserver;
  dump(): Promise<DirectTransportDump>;
  getStats(): Promise<DirectTransportStat[]>;
  /** Does nothing: there is no other end. */
  connect(): Promise<void>;
  /**
   * Gives the engine an RTCP packet, as if the other end had sent it. It is copied. Does nothing when
   * the transport or the worker is closed.
   *
   * @param rtcpPacket A compound packet of at most 1,600 bytes.
   * @throws TypeError Not bytes, or too many.
   */
  sendRtcp(rtcpPacket: Buffer): void;
}

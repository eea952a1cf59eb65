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
  /** Largest message that a DataConsumer delivers, bytes. Default 262144. */
  maxSendMessageSize?: number;
  /** Largest message that a DataProducer accepts, bytes. Default 262144. */
  maxReceiveMessageSize?: number;
  /** Default `{}`. */
  appData?: DirectTransportAppData;
};

export type DirectTransportDump = BaseTransportDump;

export type DirectTransportStat = BaseTransportStats & {
  /** `"direct-transport"`. */
  type: string;
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
  sendRtcp(rtcpPacket: Buffer): void;
}

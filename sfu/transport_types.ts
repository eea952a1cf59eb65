/** What all transports have in common. */

import type { AppData } from "./common_types.ts";
import type { Consumer, ConsumerOptions } from "./consumer_types.ts";
import type { DataConsumer, DataConsumerOptions } from "./data_consumer_types.ts";
import type { DataProducer, DataProducerOptions } from "./data_producer_types.ts";
import type { EnhancedEventEmitter } from "./emitter.ts";
import type { Producer, ProducerOptions } from "./producer_types.ts";

export type {
  BaseTransportDump,
  BaseTransportStats,
  RecvRtpHeaderExtensions,
  RtpListenerDump,
  SctpListenerDump,
} from "./transport_dump_types.ts";

export type TransportType = "webrtc" | "plain" | "pipe" | "direct";

export type TransportProtocol = "udp" | "tcp";

/** Where to listen, and what to tell others about it. */
export type TransportListenInfo = {
  protocol: TransportProtocol;
  /** Local IPv4 or IPv6 address. */
  ip: string;
  /** @deprecated Use `announcedAddress`. */
  announcedIp?: string;
  /** The address or host name that others reach us at, when it is not `ip` (NAT). */
  announcedAddress?: string;
  /** With an announced address: whether to offer a candidate for `ip` as well. Default false. */
  exposeInternalIp?: boolean;
  /** Local port. Default 0: one is picked. */
  port?: number;
  /** Range to pick the port from; `port` is then ignored. */
  portRange?: TransportPortRange;
  flags?: TransportSocketFlags;
  /** Bytes. Default: that of the system. */
  sendBufferSize?: number;
  /** Bytes. Default: that of the system. */
  recvBufferSize?: number;
};

/** @deprecated Use {@linkcode TransportListenInfo}. */
export type TransportListenIp = {
  ip: string;
  announcedIp?: string;
};

/** @deprecated Use a {@linkcode TransportListenInfo}. */
export type TransportListenIpOption = {
  listenIp: TransportListenIp | string;
  /** Default: one is picked. */
  port?: number;
};

/** Both ends are included. */
export type TransportPortRange = { min: number; max: number };

export type TransportSocketFlags = {
  /** An IPv6 socket that does not accept IPv4 too. */
  ipv6Only?: boolean;
  /** Several sockets on one address and port, for multicast. UDP only. */
  udpReusePort?: boolean;
};

/** The two ends of a path. */
export type TransportTuple = {
  /** @deprecated Use `localAddress`. */
  localIp: string;
  /** The announced address where there is one. */
  localAddress: string;
  localPort: number;
  remoteIp?: string;
  remotePort?: number;
  protocol: TransportProtocol;
};

export type SctpState = "new" | "connecting" | "connected" | "failed" | "closed";

export type TransportTraceEventType = "probation" | "bwe";

export type TransportTraceEventData = {
  type: TransportTraceEventType;
  /** Wall clock: milliseconds since the epoch. */
  timestamp: number;
  direction: "in" | "out";
  info: unknown;
};

export type TransportEvents = {
  /** The router closed, and this transport with it. */
  routerclose: [];
  /** The WebRTC server closed, and this transport with it. */
  listenserverclose: [];
  trace: [TransportTraceEventData];
  "@close": [];
  "@newproducer": [Producer];
  "@producerclose": [Producer];
  "@newdataproducer": [DataProducer];
  "@dataproducerclose": [DataProducer];
  "@listenserverclose": [];
};

export type TransportObserver = EnhancedEventEmitter<TransportObserverEvents>;

export type TransportObserverEvents = {
  close: [];
  newproducer: [Producer];
  newconsumer: [Consumer];
  newdataproducer: [DataProducer];
  newdataconsumer: [DataConsumer];
  trace: [TransportTraceEventData];
};

/** `dump()`, `getStats()` and `connect()` are defined further by each kind of transport. */
export interface Transport<
  TransportAppData extends AppData = AppData,
  Events extends TransportEvents = TransportEvents,
  Observer extends TransportObserver = TransportObserver,
> extends EnhancedEventEmitter<Events> {
  get id(): string;
  get closed(): boolean;
  get type(): TransportType;
  get appData(): TransportAppData;
  set appData(appData: TransportAppData);
  get observer(): Observer;
  /** Closes producers and consumers of the transport, then the transport. */
  close(): void;
  /** @private For the router. */
  routerClosed(): void;
  /** @private For the WebRTC server. */
  listenServerClosed(): void;
  /** A `BaseTransportDump` and more. */
  dump(): Promise<unknown>;
  /** One `BaseTransportStats` and more. */
  getStats(): Promise<unknown[]>;
  /** Tells the transport what the other end is. */
  connect(params: unknown): Promise<void>;
  /** Limits what the other end may send, in bits per second; 0 lifts the limit. */
  setMaxIncomingBitrate(bitrate: number): Promise<void>;
  /** Limits what we send, in bits per second; 0 lifts the limit. */
  setMaxOutgoingBitrate(bitrate: number): Promise<void>;
  /** The bandwidth estimate does not go below this, in bits per second; 0 lifts the limit. */
  setMinOutgoingBitrate(bitrate: number): Promise<void>;
  produce<ProducerAppData extends AppData = AppData>(
    options: ProducerOptions<ProducerAppData>,
  ): Promise<Producer<ProducerAppData>>;
  consume<ConsumerAppData extends AppData = AppData>(
    options: ConsumerOptions<ConsumerAppData>,
  ): Promise<Consumer<ConsumerAppData>>;
  produceData<DataProducerAppData extends AppData = AppData>(
    options?: DataProducerOptions<DataProducerAppData>,
  ): Promise<DataProducer<DataProducerAppData>>;
  consumeData<DataConsumerAppData extends AppData = AppData>(
    options: DataConsumerOptions<DataConsumerAppData>,
  ): Promise<DataConsumer<DataConsumerAppData>>;
  /** Which `trace` events to emit; none turns them off. */
  enableTraceEvent(types?: TransportTraceEventType[]): Promise<void>;
}

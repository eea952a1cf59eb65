/** The types that all transports have in common. */

import type { AppData } from "./common.ts";
import type { Consumer, ConsumerOptions } from "./consumer.ts";
import type { DataConsumer, DataConsumerOptions } from "./data_consumer.ts";
import type { DataProducer, DataProducerOptions } from "./data_producer.ts";
import type { EnhancedEventEmitter } from "../base/emitter.ts";
import type { Producer, ProducerOptions } from "./producer.ts";

export type {
  BaseTransportDump,
  BaseTransportStats,
  RecvRtpHeaderExtensions,
  RtpListenerDump,
  SctpListenerDump,
} from "./transport_dump.ts";

/** The kind of a transport. */
export type TransportType = "webrtc" | "plain" | "pipe" | "direct";

/** The protocol that carries the packets. */
export type TransportProtocol = "udp" | "tcp";

/** Where to listen, and which address to announce. */
export type TransportListenInfo = {
  protocol: TransportProtocol;
  /** Local IPv4 or IPv6 address; a link-local one with its interface, `fe80::1%eth0` (RFC 4007). */
  ip: string;
  /** @deprecated Use `announcedAddress`. */
  announcedIp?: string;
  /** The address or host name where others reach us, if it is not `ip` (NAT). Empty counts as absent. */
  announcedAddress?: string;
  /** With an announced address: whether to offer a candidate for `ip` as well. Default false. */
  exposeInternalIp?: boolean;
  /** Local port. Default 0: any free one. */
  port?: number;
  /** Range to pick the port from; `port` is then ignored. */
  portRange?: TransportPortRange;
  flags?: TransportSocketFlags;
  /** Bytes. Default: the system's. */
  sendBufferSize?: number;
  /** Bytes. Default: the system's. */
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
  /** Default: any free one. */
  port?: number;
};

/** Both ends are included. */
export type TransportPortRange = {
  /** Lowest port. */
  min: number;
  /** Highest port. */
  max: number;
};

/** Options of a socket. */
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
  /** A link-local one with the interface that it came by, `fe80::1%eth0`. */
  remoteIp?: string;
  remotePort?: number;
  protocol: TransportProtocol;
};

/** The state of the SCTP association. */
export type SctpState = "new" | "connecting" | "connected" | "failed" | "closed";

/** The types of trace events of a transport. Neither occurs while the engine has no bandwidth estimation. */
export type TransportTraceEventType = "probation" | "bwe";

/** A trace event of a transport. */
export type TransportTraceEventData = {
  type: TransportTraceEventType;
  /** Wall clock: milliseconds since the epoch. */
  timestamp: number;
  direction: "in" | "out";
  info: unknown;
};

/** Events of every transport. Names that begin with `@` are internal. */
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

/** The observer of a transport. */
export type TransportObserver = EnhancedEventEmitter<TransportObserverEvents>;

/** Events of every transport's observer. */
export type TransportObserverEvents = {
  close: [];
  newproducer: [Producer];
  newconsumer: [Consumer];
  newdataproducer: [DataProducer];
  newdataconsumer: [DataConsumer];
  trace: [TransportTraceEventData];
};

/**
 * Each kind of transport refines `dump()`, `getStats()` and `connect()`.
 *
 * Once it is closed, its methods reject with `NotFoundError`; once its worker is closed, with
 * `WorkerClosedError`.
 */
export interface Transport<
  TransportAppData extends AppData = AppData,
  Events extends TransportEvents = TransportEvents,
  Observer extends TransportObserver = TransportObserver,
> extends EnhancedEventEmitter<Events> {
  /** Identifies the transport: a UUID. */
  get id(): string;
  /** Whether the transport is closed, for whatever reason. It cannot be opened again. */
  get closed(): boolean;
  /** The kind of transport. */
  get type(): TransportType;
  /** Data of the application. */
  get appData(): TransportAppData;
  /** @throws TypeError Not an object. */
  set appData(appData: TransportAppData);
  /** Emits events for observers other than the owner, such as monitoring code. */
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
  /**
   * Tells the transport the parameters of the other end.
   *
   * @throws TypeError A wrong option; the text names it. Error It was called before.
   */
  connect(params: unknown): Promise<void>;
  /**
   * Limits what the other end may send.
   *
   * @param bitrate Bits per second; 0 lifts the limit. Fractions are rounded down.
   * @throws TypeError Not a number in range. UnsupportedError The transport is direct.
   */
  setMaxIncomingBitrate(bitrate: number): Promise<void>;
  /**
   * Limits what we send. Without effect while the engine has no bandwidth estimation: the limit is
   * checked, kept and shown in statistics.
   *
   * @param bitrate Bits per second, at least 30000; 0 lifts the limit.
   * @throws TypeError Not a number in range, or less than the lower limit in force. UnsupportedError The
   * transport is direct.
   */
  setMaxOutgoingBitrate(bitrate: number): Promise<void>;
  /**
   * The bandwidth estimate does not go below this. Without effect while the engine has no bandwidth
   * estimation: the limit is checked, kept and shown in statistics.
   *
   * @param bitrate Bits per second, at least 30000; 0 lifts the limit.
   * @throws TypeError Not a number in range, or more than the upper limit in force. UnsupportedError The
   * transport is direct.
   */
  setMinOutgoingBitrate(bitrate: number): Promise<void>;
  /**
   * Receives the media of one source from the endpoint.
   *
   * @throws TypeError A wrong option; the text names it.
   * @throws UnsupportedError A codec that the router does not have.
   */
  produce<ProducerAppData extends AppData = AppData>(
    options: ProducerOptions<ProducerAppData>,
  ): Promise<Producer<ProducerAppData>>;
  /**
   * Sends the media of a producer to the endpoint.
   *
   * @throws TypeError A wrong option; the text names it.
   * @throws NotFoundError The router has no such producer.
   * @throws UnsupportedError The endpoint supports none of its codecs, or the producer is simulcast.
   */
  consume<ConsumerAppData extends AppData = AppData>(
    options: ConsumerOptions<ConsumerAppData>,
  ): Promise<Consumer<ConsumerAppData>>;
  /**
   * Receives messages.
   *
   * @throws TypeError A wrong option; the text names it.
   * @throws UnsupportedError The transport carries no messages.
   */
  produceData<DataProducerAppData extends AppData = AppData>(
    options?: DataProducerOptions<DataProducerAppData>,
  ): Promise<DataProducer<DataProducerAppData>>;
  /**
   * Sends the messages of a data producer.
   *
   * @throws TypeError A wrong option; the text names it.
   * @throws NotFoundError The router has no such data producer.
   * @throws UnsupportedError The transport carries no messages.
   */
  consumeData<DataConsumerAppData extends AppData = AppData>(
    options: DataConsumerOptions<DataConsumerAppData>,
  ): Promise<DataConsumer<DataConsumerAppData>>;
  /**
   * Chooses the `trace` events to emit; an empty list turns them off.
   *
   * @throws TypeError Not a list of strings.
   */
  enableTraceEvent(types?: TransportTraceEventType[]): Promise<void>;
}

/**
 * What all transports share: the cascade of a close, trace events, and the parts that handle media,
 * messages and limits.
 */
import type { Emits } from "../base/api_object.ts";
import * as check from "../base/check.ts";
import type { AppData } from "../api/common.ts";
import { BitrateLimits } from "./bitrate_limits.ts";
import type { ConsumerImpl } from "../media/consumer.ts";
import type { Consumer, ConsumerOptions } from "../api/consumer.ts";
import type { DataConsumer, DataConsumerOptions } from "../api/data_consumer.ts";
import type { DataProducer, DataProducerOptions } from "../api/data_producer.ts";
import type { EnhancedEventEmitter } from "../base/emitter.ts";
import { EventType, Method } from "../base/engine_client.ts";
import { Entity, type EntityInit } from "../base/entity.ts";
import { Logger } from "../base/logger.ts";
import type { ProducerImpl } from "../media/producer.ts";
import type { Producer, ProducerOptions } from "../api/producer.ts";
import type { RtpCapabilities } from "../api/rtp_parameters.ts";
import type { SctpNegotiatedCapabilities, SctpParameters } from "../api/sctp_parameters.ts";
import { type DataTransportParent, TransportData } from "./transport_data.ts";
import { type MediaRules, type MediaTransportParent, TransportMedia } from "./transport_media.ts";
import type {
  SctpState,
  Transport,
  TransportEvents,
  TransportObserverEvents,
  TransportTraceEventData,
  TransportTraceEventType,
  TransportType,
} from "../api/transport.ts";

const logger = new Logger("Transport");

const traceTypes: readonly TransportTraceEventType[] = ["probation", "bwe"];

/** The router as its transports see it. */
export interface TransportParent extends MediaTransportParent, DataTransportParent {
  /** Not a copy: do not change it. */
  readonly sharedRtpCapabilities: RtpCapabilities;
  transportClosed(transport: AnyTransport): void;
}

/** What distinguishes one kind of transport from the others. */
export interface TransportKind {
  logger: Logger;
  media?: MediaRules;
  /** Bytes of an application's message; undefined if the transport carries none. */
  maxMessageSize?: number;
}

/** A transport of any kind. */
// deno-lint-ignore no-explicit-any
export type AnyTransport = TransportImpl<any, any, any>;

export abstract class TransportImpl<
  Data extends AppData,
  E extends TransportEvents,
  O extends TransportObserverEvents,
> extends Entity<Data, E, O> implements Transport<Data, E, EnhancedEventEmitter<O>> {
  /** These three are undefined: there are no data channels. */
  readonly sctpParameters: SctpParameters | undefined;
  readonly sctpState: SctpState | undefined;
  readonly sctpNegotiatedCapabilities: SctpNegotiatedCapabilities | undefined;
  readonly #parent: TransportParent;
  readonly #media: TransportMedia;
  readonly #data: TransportData;
  readonly #limits: BitrateLimits;

  constructor(init: EntityInit<Data>, parent: TransportParent, kind: TransportKind) {
    super(init, kind.logger);
    this.#parent = parent;
    this.#media = new TransportMedia(this, parent, kind.media ?? {});
    this.#data = new TransportData(this, parent, kind.maxMessageSize);
    this.#limits = new BitrateLimits(this);
  }

  abstract get type(): TransportType;
  abstract dump(): Promise<unknown>;
  abstract getStats(): Promise<unknown[]>;
  abstract connect(params: unknown): Promise<void>;

  /** Overridden by the kind whose sockets belong to a server. */
  protected leaveListenServer(): void {}

  close(): void {
    if (!this.markClosed()) return;
    logger.debug("close()");
    this.client.release(Method.TRANSPORT_CLOSE, this.engineId);
    this.#closeChildren(true);
    this.#parent.transportClosed(this);
    this.leaveListenServer();
    this.#base.observe("close");
  }

  routerClosed(): void {
    if (!this.markClosed()) return;
    logger.debug("routerClosed()");
    this.#closeChildren(false);
    this.leaveListenServer();
    this.#base.safeEmit("routerclose");
    this.#base.observe("close");
  }

  listenServerClosed(): void {
    if (!this.markClosed()) return;
    logger.debug("listenServerClosed()");
    this.#closeChildren(true);
    this.#parent.transportClosed(this);
    this.#base.safeEmit("listenserverclose");
    this.#base.observe("close");
    this.leaveListenServer();
  }

  async setMaxIncomingBitrate(bitrate: number): Promise<void> {
    logger.debug("setMaxIncomingBitrate()");
    this.#limits.setMaxIncoming(bitrate);
  }

  async setMaxOutgoingBitrate(bitrate: number): Promise<void> {
    logger.debug("setMaxOutgoingBitrate()");
    this.#limits.setMaxOutgoing(bitrate);
  }

  async setMinOutgoingBitrate(bitrate: number): Promise<void> {
    logger.debug("setMinOutgoingBitrate()");
    this.#limits.setMinOutgoing(bitrate);
  }

  async produce<D extends AppData = AppData>(options: ProducerOptions<D>): Promise<Producer<D>> {
    logger.debug("produce()");
    return this.openProducer<D>(options, this.#parent.sharedRtpCapabilities);
  }

  /** @private Also for pipes of a pool. */
  openProducer<D extends AppData = AppData>(
    options: ProducerOptions<D>,
    routerRtpCapabilities: RtpCapabilities,
  ): ProducerImpl<D> {
    const producer = this.#media.produce<D>(options, routerRtpCapabilities);
    this.#base.observe("newproducer", producer as Producer);
    return producer;
  }

  async consume<D extends AppData = AppData>(options: ConsumerOptions<D>): Promise<Consumer<D>> {
    logger.debug("consume()");
    return this.openConsumer<D>(options);
  }

  /** @private Also for pipes of a pool. */
  openConsumer<D extends AppData = AppData>(options: ConsumerOptions<D>): ConsumerImpl<D> {
    const consumer = this.#media.consume<D>(options);
    this.#base.observe("newconsumer", consumer as Consumer);
    return consumer;
  }

  async produceData<D extends AppData = AppData>(
    options: DataProducerOptions<D> = {},
  ): Promise<DataProducer<D>> {
    logger.debug("produceData()");
    const dataProducer = this.#data.produce<D>(options);
    this.#base.observe("newdataproducer", dataProducer as DataProducer);
    return dataProducer;
  }

  async consumeData<D extends AppData = AppData>(
    options: DataConsumerOptions<D>,
  ): Promise<DataConsumer<D>> {
    logger.debug("consumeData()");
    const dataConsumer = this.#data.consume<D>(options);
    this.#base.observe("newdataconsumer", dataConsumer as DataConsumer);
    return dataConsumer;
  }

  async enableTraceEvent(types: TransportTraceEventType[] = []): Promise<void> {
    logger.debug("enableTraceEvent()");
    this.assertOpen();
    this.call(Method.TRANSPORT_ENABLE_TRACE, { types: check.traceTypes(types, traceTypes) });
  }

  handleEngineEvent(type: number, payload: unknown): void {
    if (type !== EventType.TRANSPORT_TRACE) return logger.error(`ignoring unknown event "${type}"`);
    const trace = payload as TransportTraceEventData;
    this.#base.safeEmit("trace", trace);
    this.#base.observe("trace", trace);
  }

  // The type of a generic map of events hides the names that all kinds have in common.
  get #base(): Emits<TransportEvents, TransportObserverEvents> {
    return this as never;
  }

  #closeChildren(tellParent: boolean): void {
    this.#media.close(tellParent);
    this.#data.close();
  }
}

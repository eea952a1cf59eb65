/**
 * What all transports share: the cascade of a close, limits, trace events, and the making of producers
 * and consumers (whose parameters are worked out in produce_request.ts and consume_request.ts).
 */
import * as check from "../base/check.ts";
import type { AppData } from "../api/common.ts";
import {
  type ConsumeAnswer,
  drawUntilFree,
  type MadeConsumeRequest,
  type Producers,
  toConsumerData,
  toConsumeRequest,
} from "./consume_request.ts";
import { type ConsumerData, ConsumerImpl, type ConsumerParent } from "../media/consumer.ts";
import type { Consumer, ConsumerOptions } from "../api/consumer.ts";
import { DataTransport, type DataTransportParent } from "./data_transport.ts";
import type { EnhancedEventEmitter } from "../base/emitter.ts";
import { EventType, Method } from "../base/engine_client.ts";
import type { EntityInit } from "../base/entity.ts";
import { Logger } from "../base/logger.ts";
import { toProduceRequest } from "./produce_request.ts";
import { type ProducerData, ProducerImpl, type ProducerParent } from "../media/producer.ts";
import type { Producer, ProducerOptions, ProducerType } from "../api/producer.ts";
import type { RtpCapabilities } from "../api/rtp_parameters.ts";
import type { SctpNegotiatedCapabilities, SctpParameters } from "../api/sctp_parameters.ts";
import type {
  SctpState,
  Transport,
  TransportEvents,
  TransportObserverEvents,
  TransportTraceEventData,
  TransportTraceEventType,
} from "../api/transport.ts";

const logger = new Logger("Transport");

const traceTypes: readonly TransportTraceEventType[] = ["probation", "bwe"];

/** MIDs have at most eight characters; after this one the count begins again. */
const midMax = 99_999_999;

/** The router as its transports see it. */
export interface TransportParent extends Producers, DataTransportParent {
  /** Not a copy, not to be changed. */
  readonly sharedRtpCapabilities: RtpCapabilities;
  producerOpened(producer: ProducerImpl): void;
  producerClosed(producer: ProducerImpl): void;
  transportClosed(transport: AnyTransport): void;
  /** For whom it matters which producers are in use. */
  consumerOpened?(consumer: ConsumerImpl, producer: ProducerImpl): void;
}

/** A transport of whatever kind. */
// deno-lint-ignore no-explicit-any
export type AnyTransport = TransportImpl<any, any, any>;

export abstract class TransportImpl<
  Data extends AppData,
  E extends TransportEvents,
  O extends TransportObserverEvents,
> extends DataTransport<Data, E, O>
  implements Transport<Data, E, EnhancedEventEmitter<O>>, ProducerParent, ConsumerParent {
  /** Undefined, these three: data channels are not there yet. */
  readonly sctpParameters: SctpParameters | undefined;
  readonly sctpState: SctpState | undefined;
  readonly sctpNegotiatedCapabilities: SctpNegotiatedCapabilities | undefined;
  readonly #parent: TransportParent;
  readonly #producers = new Map<string, ProducerImpl>();
  readonly #consumers = new Set<ConsumerImpl>();
  #cname?: string;
  #nextMid = 0;

  constructor(init: EntityInit<Data>, parent: TransportParent, logger: Logger) {
    super(init, parent, logger);
    this.#parent = parent;
  }

  abstract dump(): Promise<unknown>;
  abstract getStats(): Promise<unknown[]>;
  abstract connect(params: unknown): Promise<void>;

  /** For a kind whose sockets belong to a server. */
  protected leaveListenServer(): void {}

  close(): void {
    if (!this.markClosed()) return;
    logger.debug("close()");
    this.link.release(Method.TRANSPORT_CLOSE, this.engineId);
    this.#closeChildren(true);
    this.#parent.transportClosed(this);
    this.leaveListenServer();
    this.#observer.safeEmit("close");
  }

  routerClosed(): void {
    if (!this.markClosed()) return;
    logger.debug("routerClosed()");
    this.#closeChildren(false);
    this.leaveListenServer();
    this.#emitter.safeEmit("routerclose");
    this.#observer.safeEmit("close");
  }

  listenServerClosed(): void {
    if (!this.markClosed()) return;
    logger.debug("listenServerClosed()");
    this.#closeChildren(true);
    this.#parent.transportClosed(this);
    this.#emitter.safeEmit("listenserverclose");
    this.#observer.safeEmit("close");
    this.leaveListenServer();
  }

  async produce<D extends AppData = AppData>(given: ProducerOptions<D>): Promise<Producer<D>> {
    logger.debug("produce()");
    return this.openProducer<D>(given, this.#parent.sharedRtpCapabilities);
  }

  /** @private For pipes of a pool too. */
  openProducer<D extends AppData = AppData>(
    given: ProducerOptions<D>,
    routerRtpCapabilities: RtpCapabilities,
  ): ProducerImpl<D> {
    this.assertOpen();
    const options = check.fields(given, "options");
    const { id, kind } = options;
    if (id !== undefined && (this.#producers.has(id) || this.#parent.findProducer(id))) {
      throw new TypeError(`a Producer with same id "${check.shown(id)}" already exists`);
    }
    const appData = check.appData<D>(options.appData);
    const { request, consumableRtpParameters } = toProduceRequest(
      options,
      routerRtpCapabilities,
      this.#cname,
    );
    const { rtpParameters, paused } = request;
    const answer = this.call<{ id: number; type: ProducerType }>(Method.TRANSPORT_PRODUCE, request);
    if (answer.type === "simulcast" && this.type !== "pipe") {
      logger.warn("produce() | simulcast can only be piped: choosing a layer is not supported yet");
    }
    // A pipe carries the producers of many endpoints.
    if (this.type !== "pipe") this.#cname = rtpParameters.rtcp?.cname;
    const producer = this.newProducer<D>(
      { link: this.link, engineId: answer.id, id, appData },
      { kind, type: answer.type, rtpParameters, consumableRtpParameters, paused },
    );
    this.#producers.set(producer.id, producer as ProducerImpl);
    this.#parent.producerOpened(producer as ProducerImpl);
    this.#observer.safeEmit("newproducer", producer as Producer);
    return producer;
  }

  async consume<D extends AppData = AppData>(given: ConsumerOptions<D>): Promise<Consumer<D>> {
    logger.debug("consume()");
    return this.openConsumer<D>(given);
  }

  /** @private For pipes of a pool too. */
  openConsumer<D extends AppData = AppData>(given: ConsumerOptions<D>): ConsumerImpl<D> {
    this.assertOpen();
    const options = check.fields(given, "options");
    const appData = check.appData<D>(options.appData);
    const { made, answer } = drawUntilFree(() => {
      const made = this.toConsumeRequest(options, this.#parent, `${this.#nextMid}`);
      return { made, answer: this.call<ConsumeAnswer>(Method.TRANSPORT_CONSUME, made.request) };
    });
    if (made.request.rtpParameters.mid !== undefined && options.mid === undefined) {
      this.#nextMid = this.#nextMid === midMax ? 0 : this.#nextMid + 1;
    }
    const consumer = this.newConsumer<D>(
      { link: this.link, engineId: answer.id, appData },
      toConsumerData(made, answer),
    );
    this.#consumers.add(consumer as ConsumerImpl);
    this.#parent.consumerOpened?.(consumer as ConsumerImpl, made.producer);
    this.#observer.safeEmit("newconsumer", consumer as Consumer);
    return consumer;
  }

  /** A pipe transport does without capabilities. */
  protected toConsumeRequest(
    options: ConsumerOptions,
    producers: Producers,
    nextMid: string,
  ): MadeConsumeRequest {
    return toConsumeRequest(options, producers, nextMid);
  }

  /** Those of a direct transport have more to do. */
  protected newProducer<D extends AppData>(
    init: EntityInit<D>,
    data: ProducerData,
  ): ProducerImpl<D> {
    return new ProducerImpl<D>(init, data, this);
  }

  protected newConsumer<D extends AppData>(
    init: EntityInit<D>,
    data: ConsumerData,
  ): ConsumerImpl<D> {
    return new ConsumerImpl<D>(init, data, this);
  }

  async enableTraceEvent(types: TransportTraceEventType[] = []): Promise<void> {
    logger.debug("enableTraceEvent()");
    this.assertOpen();
    this.call(Method.TRANSPORT_ENABLE_TRACE, { types: check.traceTypes(types, traceTypes) });
  }

  /** @private For its producers. */
  producerClosed(producer: ProducerImpl): void {
    this.#producers.delete(producer.id);
    this.#parent.producerClosed(producer);
  }

  /** @private For its consumers. */
  consumerClosed(consumer: ConsumerImpl): void {
    this.#consumers.delete(consumer);
  }

  handleEngineEvent(type: number, payload: unknown): void {
    if (type !== EventType.TRANSPORT_TRACE) return logger.error(`ignoring unknown event "${type}"`);
    const trace = payload as TransportTraceEventData;
    this.#emitter.safeEmit("trace", trace);
    this.#observer.safeEmit("trace", trace);
  }

  // A generic map of events hides the names that every kind of transport has.
  get #emitter(): EnhancedEventEmitter<TransportEvents> {
    return this as unknown as EnhancedEventEmitter<TransportEvents>;
  }

  get #observer(): EnhancedEventEmitter<TransportObserverEvents> {
    return this.observer as unknown as EnhancedEventEmitter<TransportObserverEvents>;
  }

  #closeChildren(tellParent: boolean): void {
    for (const producer of this.#producers.values()) {
      producer.transportClosed();
      if (tellParent) this.#parent.producerClosed(producer);
    }
    this.#producers.clear();
    for (const consumer of this.#consumers) consumer.transportClosed();
    this.#consumers.clear();
    this.closeData();
  }
}

/**
 * The producers and consumers of a transport. Their parameters are worked out in produce_request.ts
 * and consume_request.ts.
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
import type { ConsumerOptions } from "../api/consumer.ts";
import { Method } from "../base/engine_client.ts";
import type { EntityCore, EntityInit } from "../base/entity.ts";
import { Logger } from "../base/logger.ts";
import { toProduceRequest } from "./produce_request.ts";
import { type ProducerData, ProducerImpl, type ProducerParent } from "../media/producer.ts";
import type { ProducerOptions, ProducerType } from "../api/producer.ts";
import type { RtpCapabilities } from "../api/rtp_parameters.ts";

const logger = new Logger("Transport");

/** MIDs have at most eight characters; after this one the count begins again. */
const midMax = 99_999_999;

/** The router as the media of its transports see it. */
export interface MediaTransportParent extends Producers {
  producerOpened(producer: ProducerImpl): void;
  producerClosed(producer: ProducerImpl): void;
  /** For parents that need to know which producers are in use. */
  consumerOpened?(consumer: ConsumerImpl, producer: ProducerImpl): void;
}

/** How producers and consumers of one kind of transport differ from those of others. */
export interface MediaRules {
  /** Whether it carries the producers of many endpoints: each then keeps its own CNAME. */
  isPipe?: boolean;
  newProducer?<D extends AppData>(
    init: EntityInit<D>,
    data: ProducerData,
    parent: ProducerParent,
  ): ProducerImpl<D>;
  newConsumer?<D extends AppData>(
    init: EntityInit<D>,
    data: ConsumerData,
    parent: ConsumerParent,
  ): ConsumerImpl<D>;
  toConsumeRequest?(
    options: ConsumerOptions,
    producers: Producers,
    nextMid: string,
  ): MadeConsumeRequest;
}

/** The part of a transport that handles media. */
export class TransportMedia implements ProducerParent, ConsumerParent {
  readonly #transport: EntityCore;
  readonly #parent: MediaTransportParent;
  readonly #rules: MediaRules;
  readonly #producers = new Map<string, ProducerImpl>();
  readonly #consumers = new Set<ConsumerImpl>();
  #cname?: string;
  #nextMid = 0;

  constructor(transport: EntityCore, parent: MediaTransportParent, rules: MediaRules) {
    this.#transport = transport;
    this.#parent = parent;
    this.#rules = rules;
  }

  produce<D extends AppData>(
    given: ProducerOptions<D>,
    routerRtpCapabilities: RtpCapabilities,
  ): ProducerImpl<D> {
    this.#transport.assertOpen();
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
    const answer = this.#transport.call<{ id: number; type: ProducerType }>(
      Method.TRANSPORT_PRODUCE,
      request,
    );
    if (!this.#rules.isPipe) this.#noteEndpoint(answer.type, rtpParameters.rtcp?.cname);
    const init = { client: this.#transport.client, engineId: answer.id, id, appData };
    const { type } = answer;
    const data = { kind, type, rtpParameters, consumableRtpParameters, paused };
    const producer = this.#rules.newProducer<D>?.(init, data, this) ??
      new ProducerImpl<D>(init, data, this);
    this.#producers.set(producer.id, producer as ProducerImpl);
    this.#parent.producerOpened(producer as ProducerImpl);
    return producer;
  }

  consume<D extends AppData>(given: ConsumerOptions<D>): ConsumerImpl<D> {
    this.#transport.assertOpen();
    const options = check.fields(given, "options");
    const appData = check.appData<D>(options.appData);
    const toRequest = this.#rules.toConsumeRequest ?? toConsumeRequest;
    const { made, answer } = drawUntilFree(() => {
      const made = toRequest(options, this.#parent, `${this.#nextMid}`);
      const { request } = made;
      return {
        made,
        answer: this.#transport.call<ConsumeAnswer>(Method.TRANSPORT_CONSUME, request),
      };
    });
    if (made.request.rtpParameters.mid !== undefined && options.mid === undefined) {
      this.#nextMid = this.#nextMid === midMax ? 0 : this.#nextMid + 1;
    }
    const init = { client: this.#transport.client, engineId: answer.id, appData };
    const data = toConsumerData(made, answer);
    const consumer = this.#rules.newConsumer<D>?.(init, data, this) ??
      new ConsumerImpl<D>(init, data, this);
    this.#consumers.add(consumer as ConsumerImpl);
    this.#parent.consumerOpened?.(consumer as ConsumerImpl, made.producer);
    return consumer;
  }

  /** For its producers. */
  producerClosed(producer: ProducerImpl): void {
    this.#producers.delete(producer.id);
    this.#parent.producerClosed(producer);
  }

  /** For its consumers. */
  consumerClosed(consumer: ConsumerImpl): void {
    this.#consumers.delete(consumer);
  }

  /** The transport has closed. @param tellParent False if the router is closing as well. */
  close(tellParent: boolean): void {
    for (const producer of this.#producers.values()) {
      producer.transportClosed();
      if (tellParent) this.#parent.producerClosed(producer);
    }
    this.#producers.clear();
    for (const consumer of this.#consumers) consumer.transportClosed();
    this.#consumers.clear();
  }

  /** All streams of one endpoint share a clock, and therefore a CNAME (RFC 3550, 6.5.1). */
  #noteEndpoint(type: ProducerType, cname: string | undefined): void {
    if (type === "simulcast") {
      logger.warn("produce() | simulcast can only be piped: choosing a layer is not supported yet");
    }
    this.#cname = cname;
  }
}

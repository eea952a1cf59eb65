/**
 * What transports have of data producers and data consumers. Without SCTP yet: both ends of a message
 * are the application's, by direct transports.
 */
import { BitrateLimits } from "./bitrate_limits.ts";
import * as check from "../base/check.ts";
import type { AppData } from "../api/common.ts";
import { DataConsumerImpl, type DataConsumerParent } from "../data/data_consumer.ts";
import type { DataConsumer, DataConsumerOptions } from "../api/data_consumer.ts";
import { DataProducerImpl, type DataProducerParent } from "../data/data_producer.ts";
import type { DataProducer, DataProducerOptions } from "../api/data_producer.ts";
import type { EnhancedEventEmitter, Events } from "../base/emitter.ts";
import { Method } from "../base/engine_client.ts";
import type { EntityInit } from "../base/entity.ts";
import { NotFoundError, UnsupportedError } from "../base/errors.ts";
import { Logger } from "../base/logger.ts";
import { checkSubchannels } from "../data/messages.ts";
import type { TransportObserverEvents, TransportType } from "../api/transport.ts";

const logger = new Logger("Transport");

/** The router as its transports see it. */
export interface DataTransportParent {
  /** Those of all its transports, by their ids; absent if it has none. */
  readonly dataProducers?: Map<string, DataProducerImpl>;
}

/** The base of all transports. */
export abstract class DataTransport<Data extends AppData, E extends Events, O extends Events>
  extends BitrateLimits<Data, E, O>
  implements DataProducerParent, DataConsumerParent {
  readonly #known: Map<string, DataProducerImpl>;
  readonly #dataProducers = new Set<DataProducerImpl>();
  readonly #dataConsumers = new Set<DataConsumerImpl>();

  constructor(init: EntityInit<Data>, parent: DataTransportParent, logger: Logger) {
    super(init, logger);
    this.#known = parent.dataProducers ?? new Map();
  }

  abstract get type(): TransportType;

  /** What the application's messages may have; undefined if the transport takes none. Bytes. */
  protected get maxReceiveMessageSize(): number | undefined {
    return undefined;
  }

  async produceData<D extends AppData = AppData>(
    given: DataProducerOptions<D> = {},
  ): Promise<DataProducer<D>> {
    logger.debug("produceData()");
    this.assertOpen();
    const options = check.fields(given, "options");
    const { id, paused = false } = options;
    check.optionalText(id, "id");
    if (id !== undefined && this.#known.has(id)) {
      throw new TypeError(`a DataProducer with same id "${check.shown(id)}" already exists`);
    }
    const label = check.textOrEmpty(options.label ?? "", "label");
    const protocol = check.textOrEmpty(options.protocol ?? "", "protocol");
    check.boolean(paused, "paused");
    const appData = check.appData<D>(options.appData);
    const maxMessageSize = this.maxReceiveMessageSize;
    if (maxMessageSize === undefined) throw notYet("produceData()");
    if (options.sctpStreamParameters) {
      logger.warn("produceData() | ignoring sctpStreamParameters: the transport is direct");
    }
    const answer = this.call<{ id: number }>(
      Method.TRANSPORT_PRODUCE_DATA,
      { label, protocol, paused },
    );
    const dataProducer = new DataProducerImpl<D>(
      { link: this.link, engineId: answer.id, id, appData },
      { label, protocol, paused, maxMessageSize },
      this,
    );
    this.#dataProducers.add(dataProducer as DataProducerImpl);
    this.#known.set(dataProducer.id, dataProducer as DataProducerImpl);
    this.#observer.safeEmit("newdataproducer", dataProducer as DataProducer);
    return dataProducer;
  }

  async consumeData<D extends AppData = AppData>(
    given: DataConsumerOptions<D>,
  ): Promise<DataConsumer<D>> {
    logger.debug("consumeData()");
    this.assertOpen();
    const options = check.fields(given, "options");
    const { dataProducerId, paused = false } = options;
    if (typeof dataProducerId !== "string" || dataProducerId === "") {
      throw new TypeError("missing dataProducerId");
    }
    check.boolean(paused, "paused");
    const subchannels = checkSubchannels(options.subchannels ?? [], "subchannels");
    const appData = check.appData<D>(options.appData);
    if (this.maxReceiveMessageSize === undefined) throw notYet("consumeData()");
    const dataProducer = this.#known.get(dataProducerId);
    if (!dataProducer) {
      throw new NotFoundError(`DataProducer with id "${check.shown(dataProducerId)}" not found`);
    }
    const { ordered, maxPacketLifeTime, maxRetransmits } = options;
    if ((ordered ?? maxPacketLifeTime ?? maxRetransmits) !== undefined) {
      logger.warn("consumeData() | ignoring ordered, maxPacketLifeTime and maxRetransmits");
    }
    const answer = this.call<EngineDataConsumer>(
      Method.TRANSPORT_CONSUME_DATA,
      { dataProducerId: dataProducer.engineId, paused, subchannels },
    );
    const { label, protocol } = dataProducer;
    const { id, ...state } = answer;
    const dataConsumer = new DataConsumerImpl<D>(
      { link: this.link, engineId: id, appData },
      { dataProducerId, label, protocol, ...state },
      this,
    );
    this.#dataConsumers.add(dataConsumer as DataConsumerImpl);
    this.#observer.safeEmit("newdataconsumer", dataConsumer as DataConsumer);
    return dataConsumer;
  }

  /** @private For its data producers. */
  dataProducerClosed(dataProducer: DataProducerImpl): void {
    this.#dataProducers.delete(dataProducer);
    this.#known.delete(dataProducer.id);
  }

  /** @private For its data consumers. */
  dataConsumerClosed(dataConsumer: DataConsumerImpl): void {
    this.#dataConsumers.delete(dataConsumer);
  }

  protected closeData(): void {
    for (const dataProducer of this.#dataProducers) {
      this.#known.delete(dataProducer.id);
      dataProducer.transportClosed();
    }
    this.#dataProducers.clear();
    for (const dataConsumer of this.#dataConsumers) dataConsumer.transportClosed();
    this.#dataConsumers.clear();
  }

  get #observer(): EnhancedEventEmitter<TransportObserverEvents> {
    return this.observer as unknown as EnhancedEventEmitter<TransportObserverEvents>;
  }
}

/** The answer to TRANSPORT_CONSUME_DATA. */
interface EngineDataConsumer {
  id: number;
  paused: boolean;
  dataProducerPaused: boolean;
  subchannels: number[];
}

function notYet(method: string): UnsupportedError {
  return new UnsupportedError(`data channels are not supported yet: ${method}`);
}

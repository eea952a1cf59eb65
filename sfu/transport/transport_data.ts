/**
 * The data producers and data consumers of a transport. Without SCTP, only direct transports carry
 * messages: the application is at both ends.
 */
import * as check from "../base/check.ts";
import type { AppData } from "../api/common.ts";
import { DataConsumerImpl, type DataConsumerParent } from "../data/data_consumer.ts";
import type { DataConsumerOptions } from "../api/data_consumer.ts";
import { DataProducerImpl, type DataProducerParent } from "../data/data_producer.ts";
import type { DataProducerOptions } from "../api/data_producer.ts";
import { Method } from "../base/engine_client.ts";
import type { EntityCore } from "../base/entity.ts";
import { NotFoundError, UnsupportedError } from "../base/errors.ts";
import { Logger } from "../base/logger.ts";
import { checkSubchannels } from "../data/messages.ts";

const logger = new Logger("Transport");

/** The router as its transports see it. */
export interface DataTransportParent {
  /** The data producers of all its transports, by id; absent if it has none. */
  readonly dataProducers?: Map<string, DataProducerImpl>;
}

/** The part of a transport that handles messages. */
export class TransportData implements DataProducerParent, DataConsumerParent {
  readonly #transport: EntityCore;
  readonly #known: Map<string, DataProducerImpl>;
  readonly #maxMessageSize: number | undefined;
  readonly #dataProducers = new Set<DataProducerImpl>();
  readonly #dataConsumers = new Set<DataConsumerImpl>();

  /** @param maxMessageSize Bytes; undefined if the transport carries no messages. */
  constructor(transport: EntityCore, parent: DataTransportParent, maxMessageSize?: number) {
    this.#transport = transport;
    this.#known = parent.dataProducers ?? new Map();
    this.#maxMessageSize = maxMessageSize;
  }

  produce<D extends AppData>(given: DataProducerOptions<D>): DataProducerImpl<D> {
    this.#transport.assertOpen();
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
    const maxMessageSize = this.#maxMessageSize;
    if (maxMessageSize === undefined) throw notYet("produceData()");
    if (options.sctpStreamParameters) {
      logger.warn("produceData() | ignoring sctpStreamParameters: the transport is direct");
    }
    const { client } = this.#transport;
    const answer = this.#transport.call<{ id: number }>(
      Method.TRANSPORT_PRODUCE_DATA,
      { label, protocol, paused },
    );
    const dataProducer = new DataProducerImpl<D>(
      { client, engineId: answer.id, id, appData },
      { label, protocol, paused, maxMessageSize },
      this,
    );
    this.#dataProducers.add(dataProducer as DataProducerImpl);
    this.#known.set(dataProducer.id, dataProducer as DataProducerImpl);
    return dataProducer;
  }

  consume<D extends AppData>(given: DataConsumerOptions<D>): DataConsumerImpl<D> {
    this.#transport.assertOpen();
    const options = check.fields(given, "options");
    const { dataProducerId, paused = false } = options;
    if (typeof dataProducerId !== "string" || dataProducerId === "") {
      throw new TypeError("missing dataProducerId");
    }
    check.boolean(paused, "paused");
    const subchannels = checkSubchannels(options.subchannels ?? [], "subchannels");
    const appData = check.appData<D>(options.appData);
    if (this.#maxMessageSize === undefined) throw notYet("consumeData()");
    const dataProducer = this.#known.get(dataProducerId);
    if (!dataProducer) {
      throw new NotFoundError(`DataProducer with id "${check.shown(dataProducerId)}" not found`);
    }
    const { ordered, maxPacketLifeTime, maxRetransmits } = options;
    if ((ordered ?? maxPacketLifeTime ?? maxRetransmits) !== undefined) {
      logger.warn("consumeData() | ignoring ordered, maxPacketLifeTime and maxRetransmits");
    }
    const { client } = this.#transport;
    const { id, ...state } = this.#transport.call<EngineDataConsumer>(
      Method.TRANSPORT_CONSUME_DATA,
      { dataProducerId: dataProducer.engineId, paused, subchannels },
    );
    const { label, protocol } = dataProducer;
    const dataConsumer = new DataConsumerImpl<D>(
      { client, engineId: id, appData },
      { dataProducerId, label, protocol, ...state },
      this,
    );
    this.#dataConsumers.add(dataConsumer as DataConsumerImpl);
    return dataConsumer;
  }

  /** For its data producers. */
  dataProducerClosed(dataProducer: DataProducerImpl): void {
    this.#dataProducers.delete(dataProducer);
    this.#known.delete(dataProducer.id);
  }

  /** For its data consumers. */
  dataConsumerClosed(dataConsumer: DataConsumerImpl): void {
    this.#dataConsumers.delete(dataConsumer);
  }

  /** The transport has closed. */
  close(): void {
    for (const dataProducer of this.#dataProducers) {
      this.#known.delete(dataProducer.id);
      dataProducer.transportClosed();
    }
    this.#dataProducers.clear();
    for (const dataConsumer of this.#dataConsumers) dataConsumer.transportClosed();
    this.#dataConsumers.clear();
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

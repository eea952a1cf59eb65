/** The data consumer: a data producer's messages on their way out. Made by `transport.consumeData()`. */
import type { Buffer } from "node:buffer";
import * as check from "../base/check.ts";
import type { AppData } from "../api/common.ts";
import type {
  DataConsumer,
  DataConsumerDump,
  DataConsumerEvents,
  DataConsumerObserverEvents,
  DataConsumerStat,
  DataMessage,
} from "../api/data_consumer.ts";
import { DataChild, type DataChildData } from "./data_child.ts";
import { Deliveries } from "./delivery_queue.ts";
import type { Delivery, DeliveryOptions } from "../api/delivery.ts";
import { EventType, Method } from "../base/engine_client.ts";
import type { EntityInit } from "../base/entity.ts";
import { UnsupportedError } from "../base/errors.ts";
import { Logger } from "../base/logger.ts";
import { checkSubchannel, checkSubchannels } from "./messages.ts";
import type { ChildMethods } from "../transport/transport_child.ts";

const logger = new Logger("DataConsumer");

const methods: ChildMethods = {
  close: Method.DATA_CONSUMER_CLOSE,
  pause: Method.DATA_CONSUMER_PAUSE,
  resume: Method.DATA_CONSUMER_RESUME,
};

/** The state of a data consumer. */
export interface DataConsumerData extends DataChildData {
  dataProducerId: string;
  dataProducerPaused: boolean;
  subchannels: number[];
}

/** The transport as its data consumers see it. */
export interface DataConsumerParent {
  dataConsumerClosed(dataConsumer: DataConsumerImpl): void;
}

export class DataConsumerImpl<Data extends AppData = AppData>
  extends DataChild<Data, DataConsumerEvents, DataConsumerObserverEvents>
  implements DataConsumer<Data> {
  readonly #data: DataConsumerData;
  readonly #parent: DataConsumerParent;
  readonly #deliveries = new Deliveries<DataMessage>();

  constructor(init: EntityInit<Data>, data: DataConsumerData, parent: DataConsumerParent) {
    super(init, data, methods, logger);
    this.#data = data;
    this.#parent = parent;
  }

  get dataProducerId(): string {
    return this.#data.dataProducerId;
  }

  get dataProducerPaused(): boolean {
    return this.#data.dataProducerPaused;
  }

  get subchannels(): number[] {
    return [...this.#data.subchannels];
  }

  protected override get sourcePaused(): boolean {
    return this.#data.dataProducerPaused;
  }

  protected override leaveTransport(): void {
    this.#parent.dataConsumerClosed(this as DataConsumerImpl);
  }

  async dump(): Promise<DataConsumerDump> {
    logger.debug("dump()");
    const dump = this.call<DataConsumerDump>(Method.DATA_CONSUMER_DUMP);
    return { ...dump, id: this.id, dataProducerId: this.dataProducerId };
  }

  async getStats(): Promise<DataConsumerStat[]> {
    logger.debug("getStats()");
    return this.call<DataConsumerStat[]>(Method.DATA_CONSUMER_STATS);
  }

  async setBufferedAmountLowThreshold(threshold: number): Promise<void> {
    logger.debug("setBufferedAmountLowThreshold()");
    this.assertOpen();
    check.integer(threshold, "threshold", 0, check.uint32Max);
    this.call(Method.DATA_CONSUMER_SET_BUFFERED_AMOUNT_LOW_THRESHOLD, { threshold });
  }

  async getBufferedAmount(): Promise<number> {
    logger.debug("getBufferedAmount()");
    return this.call<DataConsumerDump>(Method.DATA_CONSUMER_DUMP).bufferedAmount;
  }

  /** @throws UnsupportedError Always: a direct data consumer has no remote end. */
  async send(_message: string | Buffer, _ppid?: number): Promise<number> {
    throw new UnsupportedError("dataConsumer.send() needs a DataConsumer over SCTP");
  }

  async setSubchannels(subchannels: number[]): Promise<void> {
    logger.debug("setSubchannels()");
    this.assertOpen();
    this.#setSubchannels(checkSubchannels(subchannels, "subchannels"));
  }

  async addSubchannel(subchannel: number): Promise<void> {
    logger.debug("addSubchannel()");
    this.assertOpen();
    checkSubchannel(subchannel, "subchannel");
    this.#setSubchannels([...this.#data.subchannels, subchannel]);
  }

  async removeSubchannel(subchannel: number): Promise<void> {
    logger.debug("removeSubchannel()");
    this.assertOpen();
    checkSubchannel(subchannel, "subchannel");
    this.#setSubchannels(this.#data.subchannels.filter((it) => it !== subchannel));
  }

  messages(options?: DeliveryOptions): Delivery<DataMessage> {
    return this.#deliveries.open(options);
  }

  [Symbol.asyncIterator](): Delivery<DataMessage> {
    return this.messages();
  }

  /** @private For the worker's client: consecutive messages, and their protocol ids. */
  handleDirect(_type: number, messages: Buffer[], ppids: number[]): void {
    if (this.listenerCount("message") > 0) {
      for (let i = 0; i < messages.length; ++i) {
        this.safeEmit("message", messages[i], ppids[i]);
        if (this.closed) return;
      }
    }
    if (this.#deliveries.any) {
      messages.forEach((message, i) => this.#deliveries.push({ message, ppid: ppids[i] }));
    }
    if (this.listenerCount("messagebatch") > 0) this.safeEmit("messagebatch", messages, ppids);
  }

  handleEngineEvent(type: number, payload: unknown): void {
    switch (type) {
      case EventType.DATA_CONSUMER_PRODUCER_CLOSE:
        return this.#dataProducerClosed();
      case EventType.DATA_CONSUMER_PRODUCER_PAUSE:
        return this.#setDataProducerPaused(true);
      case EventType.DATA_CONSUMER_PRODUCER_RESUME:
        return this.#setDataProducerPaused(false);
      case EventType.DATA_CONSUMER_BUFFERED_AMOUNT_LOW: {
        const { bufferedAmount } = payload as { bufferedAmount: number };
        this.safeEmit("bufferedamountlow", bufferedAmount);
        return;
      }
      default:
        logger.error(`ignoring unknown event "${type}"`);
    }
  }

  protected override markClosed(): boolean {
    const closed = super.markClosed();
    if (closed) this.#deliveries.end();
    return closed;
  }

  #setSubchannels(subchannels: number[]): void {
    const answer = this.call<{ subchannels: number[] }>(
      Method.DATA_CONSUMER_SET_SUBCHANNELS,
      { subchannels },
    );
    this.#data.subchannels = answer.subchannels;
  }

  #dataProducerClosed(): void {
    if (!this.markClosed()) return;
    this.leaveTransport();
    this.safeEmit("dataproducerclose");
    this.observe("close");
  }

  #setDataProducerPaused(paused: boolean): void {
    if (this.#data.dataProducerPaused === paused) return;
    this.#data.dataProducerPaused = paused;
    this.safeEmit(paused ? "dataproducerpause" : "dataproducerresume");
    if (!this.paused) this.observe(paused ? "pause" : "resume");
  }
}

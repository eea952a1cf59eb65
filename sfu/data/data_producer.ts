/** The data producer: messages on their way in. Made by `transport.produceData()`. */
import type { Buffer } from "node:buffer";
import * as check from "../base/check.ts";
import type { AppData } from "../api/common.ts";
import { DataChild, type DataChildData } from "./data_child.ts";
import type {
  DataProducer,
  DataProducerDump,
  DataProducerEvents,
  DataProducerObserverEvents,
  DataProducerStat,
} from "../api/data_producer.ts";
import { DirectType, Method } from "../base/engine_client.ts";
import type { EntityInit } from "../base/entity.ts";
import { Logger } from "../base/logger.ts";
import { type Address, toAddress, toBytes, toPpid } from "./messages.ts";
import type { ChildMethods } from "../transport/transport_child.ts";

const logger = new Logger("DataProducer");

const methods: ChildMethods = {
  close: Method.DATA_PRODUCER_CLOSE,
  pause: Method.DATA_PRODUCER_PAUSE,
  resume: Method.DATA_PRODUCER_RESUME,
};

/** The state of a data producer. */
export interface DataProducerData extends DataChildData {
  /** Bytes. */
  maxMessageSize: number;
}

/** The transport as its data producers see it. */
export interface DataProducerParent {
  dataProducerClosed(dataProducer: DataProducerImpl): void;
}

export class DataProducerImpl<Data extends AppData = AppData>
  extends DataChild<Data, DataProducerEvents, DataProducerObserverEvents>
  implements DataProducer<Data> {
  readonly #data: DataProducerData;
  readonly #parent: DataProducerParent;

  constructor(init: EntityInit<Data>, data: DataProducerData, parent: DataProducerParent) {
    super(init, data, methods, logger);
    this.#data = data;
    this.#parent = parent;
  }

  protected override leaveTransport(): void {
    this.#parent.dataProducerClosed(this as DataProducerImpl);
  }

  async dump(): Promise<DataProducerDump> {
    logger.debug("dump()");
    return { ...this.call<DataProducerDump>(Method.DATA_PRODUCER_DUMP), id: this.id };
  }

  async getStats(): Promise<DataProducerStat[]> {
    logger.debug("getStats()");
    return this.call<DataProducerStat[]>(Method.DATA_PRODUCER_STATS);
  }

  send(
    message: string | Buffer,
    ppid?: number,
    subchannels?: number[],
    requiredSubchannel?: number,
    ignoredSubchannel?: number,
  ): void {
    const address = toAddress(subchannels, requiredSubchannel, ignoredSubchannel);
    this.#write(message, "message", toPpid(message, ppid), address);
  }

  sendBatch(
    messages: (string | Buffer)[],
    ppid?: number,
    subchannels?: number[],
    requiredSubchannel?: number,
    ignoredSubchannel?: number,
  ): number {
    const address = toAddress(subchannels, requiredSubchannel, ignoredSubchannel);
    const list = check.array(messages, "messages");
    for (const message of list) this.#checkMessage(message, "every one of messages");
    let sent = 0;
    for (const message of list) {
      sent += this.#write(message, "messages", toPpid(message, ppid), address) ? 1 : 0;
    }
    return sent;
  }

  handleEngineEvent(type: number): void {
    logger.error(`ignoring unknown event "${type}"`);
  }

  #write(message: string | Buffer, name: string, ppid: number, address?: Address): boolean {
    const bytes = toBytes(message, name, ppid);
    this.#checkSize(bytes.length, name);
    if (this.closed) return false;
    return address === undefined
      ? this.client.writeDirect(DirectType.MESSAGE, this.engineId, ppid, bytes)
      : this.client.writeDirect(DirectType.MESSAGE_TO, this.engineId, ppid, bytes, address);
  }

  #checkMessage(message: string | Buffer, name: string): void {
    // UTF-8 has at most three bytes per UTF-16 unit.
    if (typeof message === "string" && 3 * message.length <= this.#data.maxMessageSize) return;
    this.#checkSize(toBytes(message, name).length, name);
  }

  #checkSize(size: number, name: string): void {
    if (size > this.#data.maxMessageSize) {
      throw new TypeError(
        `${name} must have at most ${this.#data.maxMessageSize} bytes (maxReceiveMessageSize)`,
      );
    }
  }
}

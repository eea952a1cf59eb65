/** The data producer: messages on their way in. Made by `transport.produceData()`. */
import type { Buffer } from "node:buffer";
import * as check from "./check.ts";
import type { AppData } from "./common_types.ts";
import type {
  DataProducer,
  DataProducerDump,
  DataProducerEvents,
  DataProducerObserverEvents,
  DataProducerStat,
  DataProducerType,
} from "./data_producer_types.ts";
import { DirectType, Method } from "./engine_link.ts";
import { Entity, type EntityInit } from "./entity.ts";
import { Logger } from "./logger.ts";
import { type Address, toAddress, toBytes, toPpid } from "./messages.ts";
import type { SctpStreamParameters } from "./sctp_parameters_types.ts";

const logger = new Logger("DataProducer");

/** What a data producer is made of. */
export interface DataProducerData {
  label: string;
  protocol: string;
  paused: boolean;
  /** Bytes. */
  maxMessageSize: number;
}

/** The transport as its data producers see it. */
export interface DataProducerParent {
  dataProducerClosed(dataProducer: DataProducerImpl): void;
}

export class DataProducerImpl<Data extends AppData = AppData>
  extends Entity<Data, DataProducerEvents, DataProducerObserverEvents>
  implements DataProducer<Data> {
  readonly #data: DataProducerData;
  readonly #parent: DataProducerParent;

  constructor(init: EntityInit<Data>, data: DataProducerData, parent: DataProducerParent) {
    super(init, logger);
    this.#data = data;
    this.#parent = parent;
  }

  get type(): DataProducerType {
    return "direct";
  }

  /** Undefined: a direct one has none. */
  get sctpStreamParameters(): SctpStreamParameters | undefined {
    return undefined;
  }

  get label(): string {
    return this.#data.label;
  }

  get protocol(): string {
    return this.#data.protocol;
  }

  get paused(): boolean {
    return this.#data.paused;
  }

  close(): void {
    if (!this.markClosed()) return;
    logger.debug("close()");
    this.link.release(Method.DATA_PRODUCER_CLOSE, this.engineId);
    this.#parent.dataProducerClosed(this as DataProducerImpl);
    this.observe("close");
  }

  transportClosed(): void {
    if (!this.markClosed()) return;
    logger.debug("transportClosed()");
    this.safeEmit("transportclose");
    this.observe("close");
  }

  async dump(): Promise<DataProducerDump> {
    logger.debug("dump()");
    return { ...this.call<DataProducerDump>(Method.DATA_PRODUCER_DUMP), id: this.id };
  }

  async getStats(): Promise<DataProducerStat[]> {
    logger.debug("getStats()");
    return this.call<DataProducerStat[]>(Method.DATA_PRODUCER_STATS);
  }

  async pause(): Promise<void> {
    logger.debug("pause()");
    this.call(Method.DATA_PRODUCER_PAUSE);
    if (this.#data.paused) return;
    this.#data.paused = true;
    this.observe("pause");
  }

  async resume(): Promise<void> {
    logger.debug("resume()");
    this.call(Method.DATA_PRODUCER_RESUME);
    if (!this.#data.paused) return;
    this.#data.paused = false;
    this.observe("resume");
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
      ? this.link.writeDirect(DirectType.MESSAGE, this.engineId, ppid, bytes)
      : this.link.writeDirect(DirectType.MESSAGE_TO, this.engineId, ppid, bytes, address);
  }

  #checkMessage(message: string | Buffer, name: string): void {
    // UTF-8 has at most three bytes for a UTF-16 unit.
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

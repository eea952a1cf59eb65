/** The data consumer: messages of a data producer that we send on. */

import type { Buffer } from "node:buffer";
import type { AppData } from "./common_types.ts";
import type { Delivery, DeliveryOptions } from "./delivery_types.ts";
import type { EnhancedEventEmitter } from "./emitter.ts";
import type { SctpStreamParameters } from "./sctp_parameters_types.ts";

/** Order and reliability default to those of the data producer; to the safest if it is direct. */
export type DataConsumerOptions<DataConsumerAppData extends AppData = AppData> = {
  /** The data producer to consume. */
  dataProducerId: string;
  /** Over SCTP only. */
  ordered?: boolean;
  /** Over SCTP only, unordered: milliseconds after which a message is not sent again. */
  maxPacketLifeTime?: number;
  /** Over SCTP only, unordered: how often a message may be sent again. */
  maxRetransmits?: number;
  /** Whether to start paused. Default false. */
  paused?: boolean;
  /** First subscriptions. Default none. */
  subchannels?: number[];
  /** Default `{}`. */
  appData?: DataConsumerAppData;
};

export type DataConsumerType = "sctp" | "direct";

export type DataConsumerDump = {
  id: string;
  paused: boolean;
  dataProducerPaused: boolean;
  subchannels: number[];
  dataProducerId: string;
  type: DataConsumerType;
  sctpStreamParameters?: SctpStreamParameters;
  label: string;
  protocol: string;
  /** Bytes. */
  bufferedAmount: number;
  /** Bytes. */
  bufferedAmountLowThreshold: number;
};

export type DataConsumerStat = {
  /** `"data-consumer"`. */
  type: string;
  /** When the figures were taken: milliseconds since the epoch, of the wall clock. */
  timestamp: number;
  label: string;
  protocol: string;
  messagesSent: number;
  bytesSent: number;
  /** Bytes. */
  bufferedAmount: number;
};

/** A message, and its SCTP payload protocol id (RFC 8831, 8). */
export type DataMessage = { message: Buffer; ppid: number };

export type DataConsumerEvents = {
  /** The transport closed, and this data consumer with it. */
  transportclose: [];
  /** The data producer closed, and this data consumer with it. */
  dataproducerclose: [];
  dataproducerpause: [];
  dataproducerresume: [];
  /** A message and its payload protocol id. On a direct transport only. */
  message: [Buffer, number];
  /**
   * The messages that came together, and the payload protocol id of each; beyond mediasoup. On a
   * direct transport only, and cheaper than one event each.
   */
  messagebatch: [Buffer[], number[]];
  /** A message was refused because the send buffer is full. */
  sctpsendbufferfull: [];
  /** Bytes still buffered, now at or below the threshold. */
  bufferedamountlow: [number];
  "@close": [];
  "@dataproducerclose": [];
};

export type DataConsumerObserver = EnhancedEventEmitter<DataConsumerObserverEvents>;

export type DataConsumerObserverEvents = { close: []; pause: []; resume: [] };

export interface DataConsumer<DataConsumerAppData extends AppData = AppData>
  extends EnhancedEventEmitter<DataConsumerEvents> {
  get id(): string;
  get dataProducerId(): string;
  get closed(): boolean;
  get type(): DataConsumerType;
  get sctpStreamParameters(): SctpStreamParameters | undefined;
  get label(): string;
  get protocol(): string;
  /** Whether this data consumer is paused, whatever its data producer is. */
  get paused(): boolean;
  get dataProducerPaused(): boolean;
  get subchannels(): number[];
  get appData(): DataConsumerAppData;
  set appData(appData: DataConsumerAppData);
  get observer(): DataConsumerObserver;
  close(): void;
  /** @private For the transport. */
  transportClosed(): void;
  dump(): Promise<DataConsumerDump>;
  getStats(): Promise<DataConsumerStat[]>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** @param threshold Bytes. */
  setBufferedAmountLowThreshold(threshold: number): Promise<void>;
  /** Bytes that wait to be sent. */
  getBufferedAmount(): Promise<number>;
  /** Sends a message of our own, over SCTP only. Resolves with the bytes that wait to be sent. */
  send(message: string | Buffer, ppid?: number): Promise<number>;
  setSubchannels(subchannels: number[]): Promise<void>;
  addSubchannel(subchannel: number): Promise<void>;
  removeSubchannel(subchannel: number): Promise<void>;
  /**
   * The messages from here on, for `for await`; beyond mediasoup. On a direct transport only.
   *
   * Messages that come faster than the loop takes them wait; when `maxQueued` wait, the oldest is
   * dropped and counted. The loop ends when the data consumer closes.
   *
   * @throws TypeError `maxQueued` is wrong.
   */
  messages(options?: DeliveryOptions): Delivery<DataMessage>;
  /** `messages()` with its defaults. */
  [Symbol.asyncIterator](): Delivery<DataMessage>;
}

/** The data consumer: messages of a data producer that we send on. */

import type { Buffer } from "node:buffer";
import type { AppData } from "./common.ts";
import type { Delivery, DeliveryOptions } from "./delivery.ts";
import type { EnhancedEventEmitter } from "../base/emitter.ts";
import type { SctpStreamParameters } from "./sctp_parameters.ts";

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

/** Whether messages leave over SCTP or go to the application. */
export type DataConsumerType = "sctp" | "direct";

/** What a data consumer's `dump()` tells. */
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

/** What a data consumer's `getStats()` tells. */
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

/** Events of a data consumer. */
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

/** The observer of a data consumer. */
export type DataConsumerObserver = EnhancedEventEmitter<DataConsumerObserverEvents>;

/** Events of a data consumer's observer. */
export type DataConsumerObserverEvents = { close: []; pause: []; resume: [] };

/**
 * What one endpoint gets of one data producer.
 *
 * Once it is closed its methods reject with `NotFoundError`, and with `WorkerClosedError` once its
 * worker is.
 */
export interface DataConsumer<DataConsumerAppData extends AppData = AppData>
  extends EnhancedEventEmitter<DataConsumerEvents> {
  /** Identifies the data consumer: a UUID. */
  get id(): string;
  /** The data producer's. */
  get dataProducerId(): string;
  /** Whether the data consumer is closed, by whatever: then it stays so. */
  get closed(): boolean;
  /** Which kind of data consumer it is. */
  get type(): DataConsumerType;
  /** Stream, order and reliability; undefined when it is direct. */
  get sctpStreamParameters(): SctpStreamParameters | undefined;
  /** A name for the application to use. */
  get label(): string;
  /** What the messages are, for the application to use. */
  get protocol(): string;
  /** Whether this data consumer is paused, whatever its data producer is. */
  get paused(): boolean;
  /** Whether the data producer is paused. */
  get dataProducerPaused(): boolean;
  /** The subchannels that are subscribed to. */
  get subchannels(): number[];
  /** What the application keeps with it. */
  get appData(): DataConsumerAppData;
  /** @throws TypeError What is no object. */
  set appData(appData: DataConsumerAppData);
  /** Tells of what happens, to those who did not make it happen. */
  get observer(): DataConsumerObserver;
  /** Closes the data consumer; harmless when it is closed. */
  close(): void;
  /** @private For the transport. */
  transportClosed(): void;
  /**
   * The engine's view of the data consumer, for debugging. Rejects once the data consumer or its
   * worker is closed.
   */
  dump(): Promise<DataConsumerDump>;
  /** Figures of this moment. Rejects once the data consumer or its worker is closed. */
  getStats(): Promise<DataConsumerStat[]>;
  /** The endpoint gets none of the messages that come from now on. */
  pause(): Promise<void>;
  /** Undoes `pause()`. */
  resume(): Promise<void>;
  /**
   * When `bufferedamountlow` comes: as soon as no more than this waits.
   *
   * @param threshold Bytes.
   * @throws TypeError No whole number from 0 to 4294967295.
   */
  setBufferedAmountLowThreshold(threshold: number): Promise<void>;
  /** Bytes that wait to be sent. */
  getBufferedAmount(): Promise<number>;
  /**
   * Sends a message of our own, over SCTP only.
   *
   * @returns Bytes that wait to be sent.
   * @throws UnsupportedError The transport is direct.
   */
  send(message: string | Buffer, ppid?: number): Promise<number>;
  /**
   * Subscribes to these subchannels alone: whole numbers from 0 to 65535.
   *
   * @throws TypeError No list of such numbers.
   */
  setSubchannels(subchannels: number[]): Promise<void>;
  /**
   * Subscribes to one more.
   *
   * @throws TypeError No whole number from 0 to 65535.
   */
  addSubchannel(subchannel: number): Promise<void>;
  /**
   * Subscribes to one less.
   *
   * @throws TypeError No whole number from 0 to 65535.
   */
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

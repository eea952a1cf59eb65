/** The data consumer: messages of a data producer on their way to a receiver. */

import type { Buffer } from "node:buffer";
import type { AppData } from "./common.ts";
import type { Delivery, DeliveryOptions } from "./delivery.ts";
import type { EnhancedEventEmitter } from "../base/emitter.ts";
import type { SctpStreamParameters } from "./sctp_parameters.ts";

/** Options of `consumeData()`. Order and reliability default to the data producer's, or to the safest. */
export type DataConsumerOptions<DataConsumerAppData extends AppData = AppData> = {
  /** The data producer to consume. */
  dataProducerId: string;
  /** Only over SCTP. */
  ordered?: boolean;
  /** Only over SCTP, unordered: milliseconds after which a message is not sent again. */
  maxPacketLifeTime?: number;
  /** Only over SCTP, unordered: how often a message may be sent again. */
  maxRetransmits?: number;
  /** Whether to start paused. Default false. */
  paused?: boolean;
  /** The subchannels to subscribe to at first. Default none. */
  subchannels?: number[];
  /** Default `{}`. */
  appData?: DataConsumerAppData;
};

/** Whether messages leave over SCTP or go to the application. */
export type DataConsumerType = "sctp" | "direct";

/** The result of a data consumer's `dump()`. */
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

/** The result of a data consumer's `getStats()`. */
export type DataConsumerStat = {
  /** `"data-consumer"`. */
  type: string;
  /** Time of the figures on the wall clock: milliseconds since the epoch. */
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
  /** A message and its payload protocol id. Only on a direct transport. */
  message: [Buffer, number];
  /**
   * The messages that came together, and the payload protocol id of each. Only on a direct transport;
   * cheaper than one event per message. mediasoup does not have it.
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
 * The messages of one data producer that one endpoint, or the application, receives.
 *
 * Once it is closed, its methods reject with `NotFoundError`; once its worker is closed, with
 * `WorkerClosedError`.
 */
export interface DataConsumer<DataConsumerAppData extends AppData = AppData>
  extends EnhancedEventEmitter<DataConsumerEvents> {
  /** Identifies the data consumer: a UUID. */
  get id(): string;
  /** The id of the data producer. */
  get dataProducerId(): string;
  /** Whether the data consumer is closed, for whatever reason. It cannot be opened again. */
  get closed(): boolean;
  /** The kind of data consumer. */
  get type(): DataConsumerType;
  /** Stream, order and reliability; undefined for a direct one. */
  get sctpStreamParameters(): SctpStreamParameters | undefined;
  /** A name for the application to use. */
  get label(): string;
  /** The protocol of the messages, for the application to use. */
  get protocol(): string;
  /** Whether this data consumer is paused, independent of its data producer. */
  get paused(): boolean;
  /** Whether the data producer is paused. */
  get dataProducerPaused(): boolean;
  /** The subchannels that are subscribed to. */
  get subchannels(): number[];
  /** Data of the application. */
  get appData(): DataConsumerAppData;
  /** @throws TypeError Not an object. */
  set appData(appData: DataConsumerAppData);
  /** Emits events for observers other than the owner, such as monitoring code. */
  get observer(): DataConsumerObserver;
  /** Closes the data consumer; does nothing if it is already closed. */
  close(): void;
  /** @private For the transport. */
  transportClosed(): void;
  /**
   * The engine's view of the data consumer, for debugging. Rejects if the data consumer or its
   * worker is closed.
   */
  dump(): Promise<DataConsumerDump>;
  /** The current figures. Rejects if the data consumer or its worker is closed. */
  getStats(): Promise<DataConsumerStat[]>;
  /** Stops delivery: messages that arrive while it is paused are lost for this consumer. */
  pause(): Promise<void>;
  /** Undoes `pause()`. */
  resume(): Promise<void>;
  /**
   * `bufferedamountlow` is emitted as soon as no more than this is waiting.
   *
   * @param threshold Bytes.
   * @throws TypeError Not a whole number from 0 to 4294967295.
   */
  setBufferedAmountLowThreshold(threshold: number): Promise<void>;
  /** Bytes that are waiting to be sent. */
  getBufferedAmount(): Promise<number>;
  /**
   * Sends a message of our own. Only over SCTP.
   *
   * @returns Bytes that are waiting to be sent.
   * @throws UnsupportedError The transport is direct.
   */
  send(message: string | Buffer, ppid?: number): Promise<number>;
  /**
   * Subscribes to exactly these subchannels: whole numbers from 0 to 65535.
   *
   * @throws TypeError Not a list of such numbers.
   */
  setSubchannels(subchannels: number[]): Promise<void>;
  /**
   * Subscribes to one more subchannel.
   *
   * @throws TypeError Not a whole number from 0 to 65535.
   */
  addSubchannel(subchannel: number): Promise<void>;
  /**
   * Unsubscribes from a subchannel.
   *
   * @throws TypeError Not a whole number from 0 to 65535.
   */
  removeSubchannel(subchannel: number): Promise<void>;
  /**
   * The messages from now on, for `for await`. Only on a direct transport. mediasoup does not have it.
   *
   * Messages that arrive faster than the loop takes them wait. When `maxQueued` are waiting, the oldest
   * is dropped and counted. The loop ends when the data consumer closes.
   *
   * @throws TypeError `maxQueued` is wrong.
   */
  messages(options?: DeliveryOptions): Delivery<DataMessage>;
  /** The same as `messages()` without options. */
  [Symbol.asyncIterator](): Delivery<DataMessage>;
}

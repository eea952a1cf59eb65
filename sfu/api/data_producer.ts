/** The data producer: messages that an endpoint, or the application, sends to us. */

import type { Buffer } from "node:buffer";
import type { AppData } from "./common.ts";
import type { EnhancedEventEmitter } from "../base/emitter.ts";
import type { SctpStreamParameters } from "./sctp_parameters.ts";

/** Options of `produceData()`. */
export type DataProducerOptions<DataProducerAppData extends AppData = AppData> = {
  /** For `router.pipeToRouter()`. Unique in the transport. Default: a new UUID. */
  id?: string;
  /** Needed unless the transport is direct. */
  sctpStreamParameters?: SctpStreamParameters;
  /** The data channel's name. Default `""`. */
  label?: string;
  /** The data channel's sub-protocol. Default `""`. */
  protocol?: string;
  /** Whether to start paused. Default false. */
  paused?: boolean;
  /** Default `{}`. */
  appData?: DataProducerAppData;
};

/** Whether messages come over SCTP or from the application. */
export type DataProducerType = "sctp" | "direct";

/** The result of a data producer's `dump()`. */
export type DataProducerDump = {
  id: string;
  paused: boolean;
  type: DataProducerType;
  sctpStreamParameters?: SctpStreamParameters;
  label: string;
  protocol: string;
};

/** The result of a data producer's `getStats()`. */
export type DataProducerStat = {
  /** `"data-producer"`. */
  type: string;
  /** Time of the figures on the wall clock: milliseconds since the epoch. */
  timestamp: number;
  label: string;
  protocol: string;
  messagesReceived: number;
  bytesReceived: number;
};

/** Events of a data producer. */
export type DataProducerEvents = {
  /** The transport closed, and this data producer with it. */
  transportclose: [];
  "@close": [];
};

/** The observer of a data producer. */
export type DataProducerObserver = EnhancedEventEmitter<DataProducerObserverEvents>;

/** Events of a data producer's observer. */
export type DataProducerObserverEvents = { close: []; pause: []; resume: [] };

/**
 * Messages that an endpoint or the application sends.
 *
 * Once it is closed, its methods reject with `NotFoundError`; once its worker is closed, with
 * `WorkerClosedError`.
 */
export interface DataProducer<DataProducerAppData extends AppData = AppData>
  extends EnhancedEventEmitter<DataProducerEvents> {
  /** Identifies the data producer: a UUID. */
  get id(): string;
  /** Whether the data producer is closed, for whatever reason. It cannot be opened again. */
  get closed(): boolean;
  /** The kind of data producer. */
  get type(): DataProducerType;
  /** Stream, order and reliability; undefined for a direct one. */
  get sctpStreamParameters(): SctpStreamParameters | undefined;
  /** A name for the application to use. */
  get label(): string;
  /** The protocol of the messages, for the application to use. */
  get protocol(): string;
  /** Whether the data producer is paused by `pause()`. */
  get paused(): boolean;
  /** Data of the application. */
  get appData(): DataProducerAppData;
  /** @throws TypeError Not an object. */
  set appData(appData: DataProducerAppData);
  /** Emits events for observers other than the owner, such as monitoring code. */
  get observer(): DataProducerObserver;
  /** Closes the data producer and the data consumers that receive it. */
  close(): void;
  /** @private For the transport. */
  transportClosed(): void;
  /**
   * The engine's view of the data producer, for debugging. Rejects if the data producer or its
   * worker is closed.
   */
  dump(): Promise<DataProducerDump>;
  /** The current figures. Rejects if the data producer or its worker is closed. */
  getStats(): Promise<DataProducerStat[]>;
  /** Stops delivery: messages that arrive while it is paused are lost. */
  pause(): Promise<void>;
  /** Undoes `pause()`. */
  resume(): Promise<void>;
  /**
   * Sends a message. Only on a direct transport. The message is copied. Does nothing if the data producer
   * or the worker is closed.
   *
   * @param message At most the transport's `maxReceiveMessageSize` bytes.
   * @param ppid SCTP payload protocol id (RFC 8831, 8). Default: by the kind of message.
   * @param subchannels Only data consumers subscribed to one of these receive it.
   * @param requiredSubchannel Only data consumers subscribed to this too receive it.
   * @param ignoredSubchannel Data consumers subscribed to this do not receive it.
   * @throws TypeError Neither a string nor bytes, too many bytes, or a wrong subchannel.
   */
  send(
    message: string | Buffer,
    ppid?: number,
    subchannels?: number[],
    requiredSubchannel?: number,
    ignoredSubchannel?: number,
  ): void;
  /**
   * Sends several messages in order, all to the same data consumers. All are checked before the first is
   * sent. mediasoup does not have it.
   *
   * @returns How many the engine will get: all, or none if the data producer or worker is closed.
   * @throws As {@linkcode send}.
   */
  sendBatch(
    messages: (string | Buffer)[],
    ppid?: number,
    subchannels?: number[],
    requiredSubchannel?: number,
    ignoredSubchannel?: number,
  ): number;
}

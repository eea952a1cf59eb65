/** The direct transport: RTP, RTCP and messages to and from the application itself. */

import type { Buffer } from "node:buffer";
import type { AppData } from "./common.ts";
import type { EnhancedEventEmitter } from "../base/emitter.ts";
import type {
  BaseTransportDump,
  BaseTransportStats,
  Transport,
  TransportEvents,
  TransportObserverEvents,
} from "./transport.ts";

/** Options of `createDirectTransport()`. */
export type DirectTransportOptions<DirectTransportAppData extends AppData = AppData> = {
  /**
   * Largest message that a DataConsumer delivers, bytes; larger ones are dropped and counted. At most
   * 786432. Default 262144.
   */
  maxSendMessageSize?: number;
  /** Largest message that a DataProducer accepts, bytes. At most 786432. Default 262144. */
  maxReceiveMessageSize?: number;
  /** Default `{}`. */
  appData?: DirectTransportAppData;
};

/** The result of a direct transport's `dump()`. */
export type DirectTransportDump = BaseTransportDump;

/** The result of a direct transport's `getStats()`. */
export type DirectTransportStat = BaseTransportStats & {
  /** `"direct-transport"`. */
  type: string;
  /** RTP and RTCP packets dropped because the application was too slow. Not in mediasoup. */
  packetsDropped: number;
  /** Messages dropped because the application was too slow. Not in mediasoup. */
  messagesDropped: number;
};

/** Events of a direct transport. */
export type DirectTransportEvents = TransportEvents & {
  /** An RTCP packet for the application. */
  rtcp: [Buffer];
};

/** The observer of a direct transport. */
export type DirectTransportObserver = EnhancedEventEmitter<DirectTransportObserverEvents>;

/** Events of a direct transport's observer. */
export type DirectTransportObserverEvents = TransportObserverEvents & {
  rtcp: [Buffer];
};

/**
 * RTP, RTCP and messages to and from the application.
 *
 * Once it is closed, its methods reject with `NotFoundError`; once its worker is closed, with
 * `WorkerClosedError`.
 *
 * ```ts
 * import { createWorker } from "sluice";
 *
 * const worker = await createWorker();
 * const router = await worker.createRouter();
 * const transport = await router.createDirectTransport();
 * const dataProducer = await transport.produceData({ label: "chat" });
 * const dataConsumer = await transport.consumeData({ dataProducerId: dataProducer.id });
 * dataProducer.send("hello");
 * for await (const { message, ppid } of dataConsumer) {
 *   console.log(`${message}, protocol ${ppid}`); // hello, protocol 51
 *   break;
 * }
 * worker.close();
 * ```
 */
export interface DirectTransport<DirectTransportAppData extends AppData = AppData>
  extends Transport<DirectTransportAppData, DirectTransportEvents, DirectTransportObserver> {
  /** The kind of transport. */
  get type(): "direct";
  /** Emits events for observers other than the owner, such as monitoring code. */
  get observer(): DirectTransportObserver;
  /**
   * The engine's view of the transport, for debugging. Rejects if the transport or its worker is
   * closed.
   */
  dump(): Promise<DirectTransportDump>;
  /** The current figures. Rejects if the transport or its worker is closed. */
  getStats(): Promise<DirectTransportStat[]>;
  /** Does nothing: there is no other end. */
  connect(): Promise<void>;
  /**
   * Gives the engine an RTCP packet, as if the other end had sent it. The packet is copied. Does nothing if
   * the transport or the worker is closed.
   *
   * @param rtcpPacket A compound packet of at most 1,600 bytes.
   * @throws TypeError Not bytes, or too many bytes.
   */
  sendRtcp(rtcpPacket: Buffer): void;
}

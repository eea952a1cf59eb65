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

/** What a direct transport's `dump()` tells. */
export type DirectTransportDump = BaseTransportDump;

/** What a direct transport's `getStats()` tells. */
export type DirectTransportStat = BaseTransportStats & {
  /** `"direct-transport"`. */
  type: string;
  /** RTP and RTCP that was dropped because the application was too slow. Beyond mediasoup. */
  packetsDropped: number;
  /** Messages that were dropped because the application was too slow. Beyond mediasoup. */
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
 * Once it is closed its methods reject with `NotFoundError`, and with `WorkerClosedError` once its
 * worker is.
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
  /** Which kind of transport it is. */
  get type(): "direct";
  /** Tells of what happens, to those who did not make it happen. */
  get observer(): DirectTransportObserver;
  /**
   * The engine's view of the transport, for debugging. Rejects once the transport or its worker is
   * closed.
   */
  dump(): Promise<DirectTransportDump>;
  /** Figures of this moment. Rejects once the transport or its worker is closed. */
  getStats(): Promise<DirectTransportStat[]>;
  /** Does nothing: there is no other end. */
  connect(): Promise<void>;
  /**
   * Gives the engine an RTCP packet, as if the other end had sent it. It is copied. Does nothing when
   * the transport or the worker is closed.
   *
   * @param rtcpPacket A compound packet of at most 1,600 bytes.
   * @throws TypeError Not bytes, or too many.
   */
  sendRtcp(rtcpPacket: Buffer): void;
}

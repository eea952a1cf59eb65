/** The pipe transport: carries all encodings of a producer between two routers. */

import type { AppData, Either } from "./common.ts";
import type { Consumer } from "./consumer.ts";
import type { EnhancedEventEmitter } from "../base/emitter.ts";
import type { SctpEvents, SctpGetters, SctpTransportOptions } from "./sctp_parameters.ts";
import type { SrtpParameters } from "./srtp_parameters.ts";
import type {
  BaseTransportDump,
  BaseTransportStats,
  Transport,
  TransportEvents,
  TransportListenInfo,
  TransportListenIpOption,
  TransportObserverEvents,
  TransportTuple,
} from "./transport.ts";

type PipeTransportListenInfo = { listenInfo: TransportListenInfo };

/** Options of `createPipeTransport()`: one of `listenInfo` and the deprecated `listenIp`. */
export type PipeTransportOptions<PipeTransportAppData extends AppData = AppData> =
  & {
    /** Retransmission (RTX and NACK). Must be the same at both ends. Default false. */
    enableRtx?: boolean;
    /** SRTP, always AEAD_AES_256_GCM. Must be the same at both ends. Default false. */
    enableSrtp?: boolean;
    /** Default `{}`. */
    appData?: PipeTransportAppData;
  }
  & SctpTransportOptions
  & Either<PipeTransportListenInfo, TransportListenIpOption>;

/** Options of a pipe transport's `consume()`. */
export type PipeConsumerOptions<ConsumerAppData extends AppData = AppData> = {
  /** The producer to consume. */
  producerId: string;
  /** Default `{}`. */
  appData?: ConsumerAppData;
};

/** The result of a pipe transport's `dump()`. */
export type PipeTransportDump = BaseTransportDump & {
  tuple: TransportTuple;
  rtx: boolean;
  srtpParameters?: SrtpParameters;
};

/** The result of a pipe transport's `getStats()`. */
export type PipeTransportStat = BaseTransportStats & {
  /** `"pipe-transport"`. */
  type: string;
  tuple: TransportTuple;
};

/** Events of a pipe transport. */
export type PipeTransportEvents = TransportEvents & SctpEvents;

/** The observer of a pipe transport. */
export type PipeTransportObserver = EnhancedEventEmitter<PipeTransportObserverEvents>;

/** Events of a pipe transport's observer. */
export type PipeTransportObserverEvents = TransportObserverEvents & SctpEvents;

/**
 * One end of a pipe between two routers, in this process or in others. It carries all streams of a
 * producer.
 *
 * Once it is closed, its methods reject with `NotFoundError`; once its worker is closed, with
 * `WorkerClosedError`.
 */
export interface PipeTransport<PipeTransportAppData extends AppData = AppData>
  extends Transport<PipeTransportAppData, PipeTransportEvents, PipeTransportObserver>, SctpGetters {
  /** The kind of transport. */
  get type(): "pipe";
  /** Emits events for observers other than the owner, such as monitoring code. */
  get observer(): PipeTransportObserver;
  /** Where we listen, and the other end once it is known. */
  get tuple(): TransportTuple;
  /** The key that we send with. Undefined without SRTP. */
  get srtpParameters(): SrtpParameters | undefined;
  /**
   * The engine's view of the transport, for debugging. Rejects if the transport or its worker is
   * closed.
   */
  dump(): Promise<PipeTransportDump>;
  /** The current figures. Rejects if the transport or its worker is closed. */
  getStats(): Promise<PipeTransportStat[]>;
  /**
   * Tells the transport where the other end is. With SRTP, `srtpParameters` is required.
   *
   * @throws TypeError A wrong option; the text names it. Error It was called before.
   */
  connect(
    { ip, port, srtpParameters }: { ip: string; port: number; srtpParameters?: SrtpParameters },
  ): Promise<void>;
  /**
   * Makes a pipe consumer.
   *
   * @throws TypeError A wrong option; the text names it.
   * @throws NotFoundError The router has no such producer.
   */
  consume<ConsumerAppData extends AppData = AppData>(
    { producerId, appData }: PipeConsumerOptions<ConsumerAppData>,
  ): Promise<Consumer<ConsumerAppData>>;
}

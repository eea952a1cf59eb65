/** The pipe transport: between two routers, all encodings of a producer at once. */

import type { AppData, Either } from "./common_types.ts";
import type { Consumer } from "./consumer_types.ts";
import type { EnhancedEventEmitter } from "./emitter.ts";
import type { SctpEvents, SctpGetters, SctpTransportOptions } from "./sctp_parameters_types.ts";
import type { SrtpParameters } from "./srtp_parameters_types.ts";
import type {
  BaseTransportDump,
  BaseTransportStats,
  Transport,
  TransportEvents,
  TransportListenInfo,
  TransportListenIpOption,
  TransportObserverEvents,
  TransportTuple,
} from "./transport_types.ts";

type PipeTransportListenInfo = { listenInfo: TransportListenInfo };

export type PipeTransportOptions<PipeTransportAppData extends AppData = AppData> =
  & {
    /** Retransmission (RTX and NACK). Both ends need the same. Default false. */
    enableRtx?: boolean;
    /** SRTP, always AEAD_AES_256_GCM. Both ends need the same. Default false. */
    enableSrtp?: boolean;
    /** Default `{}`. */
    appData?: PipeTransportAppData;
  }
  & SctpTransportOptions
  & Either<PipeTransportListenInfo, TransportListenIpOption>;

export type PipeConsumerOptions<ConsumerAppData extends AppData = AppData> = {
  /** The producer to consume. */
  producerId: string;
  /** Default `{}`. */
  appData?: ConsumerAppData;
};

export type PipeTransportDump = BaseTransportDump & {
  tuple: TransportTuple;
  rtx: boolean;
  srtpParameters?: SrtpParameters;
};

export type PipeTransportStat = BaseTransportStats & {
  /** `"pipe-transport"`. */
  type: string;
  tuple: TransportTuple;
};

export type PipeTransportEvents = TransportEvents & SctpEvents;

export type PipeTransportObserver = EnhancedEventEmitter<PipeTransportObserverEvents>;

export type PipeTransportObserverEvents = TransportObserverEvents & SctpEvents;

export interface PipeTransport<PipeTransportAppData extends AppData = AppData>
  extends Transport<PipeTransportAppData, PipeTransportEvents, PipeTransportObserver>, SctpGetters {
  get type(): "pipe";
  get observer(): PipeTransportObserver;
  get tuple(): TransportTuple;
  /** The key that we send with. Undefined without SRTP. */
  get srtpParameters(): SrtpParameters | undefined;
  dump(): Promise<PipeTransportDump>;
  getStats(): Promise<PipeTransportStat[]>;
  /** `srtpParameters` is needed when SRTP is enabled. */
  connect(
    { ip, port, srtpParameters }: { ip: string; port: number; srtpParameters?: SrtpParameters },
  ): Promise<void>;
  /** Makes a pipe consumer. */
  consume<ConsumerAppData extends AppData = AppData>(
    { producerId, appData }: PipeConsumerOptions<ConsumerAppData>,
  ): Promise<Consumer<ConsumerAppData>>;
}

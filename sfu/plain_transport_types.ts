/** The plain transport: RTP over UDP, with or without SRTP; for ffmpeg, GStreamer and the like. */

import type { AppData, Either } from "./common_types.ts";
import type { EnhancedEventEmitter } from "./emitter.ts";
import type { SctpEvents, SctpGetters, SctpTransportOptions } from "./sctp_parameters_types.ts";
import type { SrtpCryptoSuite, SrtpParameters } from "./srtp_parameters_types.ts";
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

type PlainTransportListenInfo = {
  listenInfo: TransportListenInfo;
  /** A port of its own for RTCP; `rtcpMux` is then false. */
  rtcpListenInfo?: TransportListenInfo;
};

export type PlainTransportOptions<PlainTransportAppData extends AppData = AppData> =
  & {
    /** RTP and RTCP on one port (RFC 5761). Default true. */
    rtcpMux?: boolean;
    /**
     * Take the remote address from the first packet that arrives. `connect()` is then needed
     * with SRTP only, and has no address. Default false.
     */
    comedia?: boolean;
    /** SRTP, with keys that `connect()` and `srtpParameters` exchange. Default false. */
    enableSrtp?: boolean;
    /** Default `"AES_CM_128_HMAC_SHA1_80"`. */
    srtpCryptoSuite?: SrtpCryptoSuite;
    /** Default `{}`. */
    appData?: PlainTransportAppData;
  }
  & SctpTransportOptions
  & Either<PlainTransportListenInfo, TransportListenIpOption>;

export type PlainTransportDump = BaseTransportDump & {
  rtcpMux: boolean;
  comedia: boolean;
  tuple: TransportTuple;
  rtcpTuple?: TransportTuple;
  srtpParameters?: SrtpParameters;
};

export type PlainTransportStat = BaseTransportStats & {
  /** `"plain-rtp-transport"`. */
  type: string;
  rtcpMux: boolean;
  comedia: boolean;
  tuple: TransportTuple;
  rtcpTuple?: TransportTuple;
};

export type PlainTransportEvents = TransportEvents & SctpEvents & {
  /** With `comedia`: the remote address was found. */
  tuple: [TransportTuple];
  /** With `comedia` and a port of its own for RTCP: its remote address was found. */
  rtcptuple: [TransportTuple];
};

export type PlainTransportObserver = EnhancedEventEmitter<PlainTransportObserverEvents>;

export type PlainTransportObserverEvents = TransportObserverEvents & SctpEvents & {
  tuple: [TransportTuple];
  rtcptuple: [TransportTuple];
};

export interface PlainTransport<PlainTransportAppData extends AppData = AppData>
  extends
    Transport<PlainTransportAppData, PlainTransportEvents, PlainTransportObserver>,
    SctpGetters {
  get type(): "plain";
  get observer(): PlainTransportObserver;
  get tuple(): TransportTuple;
  /** Undefined with `rtcpMux`. */
  get rtcpTuple(): TransportTuple | undefined;
  /** The key that we send with. Undefined without SRTP. */
  get srtpParameters(): SrtpParameters | undefined;
  dump(): Promise<PlainTransportDump>;
  getStats(): Promise<PlainTransportStat[]>;
  /** `rtcpPort` is needed when `rtcpMux` is false, `srtpParameters` when SRTP is enabled. */
  connect(
    { ip, port, rtcpPort, srtpParameters }: {
      ip?: string;
      port?: number;
      rtcpPort?: number;
      srtpParameters?: SrtpParameters;
    },
  ): Promise<void>;
}

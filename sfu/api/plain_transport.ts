/** The plain transport: RTP over UDP, with or without SRTP; for ffmpeg, GStreamer and the like. */

import type { AppData, Either } from "./common.ts";
import type { EnhancedEventEmitter } from "../base/emitter.ts";
import type { SctpEvents, SctpGetters, SctpTransportOptions } from "./sctp_parameters.ts";
import type { SrtpCryptoSuite, SrtpParameters } from "./srtp_parameters.ts";
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

type PlainTransportListenInfo = {
  listenInfo: TransportListenInfo;
  /** A separate port for RTCP; `rtcpMux` is then false. */
  rtcpListenInfo?: TransportListenInfo;
};

/** Options of `createPlainTransport()`: one of `listenInfo` and the deprecated `listenIp`. */
export type PlainTransportOptions<PlainTransportAppData extends AppData = AppData> =
  & {
    /** RTP and RTCP on one port (RFC 5761). Default true. */
    rtcpMux?: boolean;
    /**
     * Whether to take the remote address from the first packet that arrives. `connect()` is then needed
     * only with SRTP, and takes no address. Default false.
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

/** The result of a plain transport's `dump()`. */
export type PlainTransportDump = BaseTransportDump & {
  rtcpMux: boolean;
  comedia: boolean;
  tuple: TransportTuple;
  rtcpTuple?: TransportTuple;
  srtpParameters?: SrtpParameters;
};

/** The result of a plain transport's `getStats()`. */
export type PlainTransportStat = BaseTransportStats & {
  /** `"plain-rtp-transport"`. */
  type: string;
  rtcpMux: boolean;
  comedia: boolean;
  tuple: TransportTuple;
  rtcpTuple?: TransportTuple;
};

/** Events of a plain transport. */
export type PlainTransportEvents = TransportEvents & SctpEvents & {
  /** With `comedia`: the remote address was found. */
  tuple: [TransportTuple];
  /** With `comedia` and a separate port for RTCP: the remote address of RTCP was found. */
  rtcptuple: [TransportTuple];
};

/** The observer of a plain transport. */
export type PlainTransportObserver = EnhancedEventEmitter<PlainTransportObserverEvents>;

/** Events of a plain transport's observer. */
export type PlainTransportObserverEvents = TransportObserverEvents & SctpEvents & {
  tuple: [TransportTuple];
  rtcptuple: [TransportTuple];
};

/**
 * RTP or SRTP over UDP, without ICE and DTLS: for ffmpeg, GStreamer and the like.
 *
 * Once it is closed, its methods reject with `NotFoundError`; once its worker is closed, with
 * `WorkerClosedError`.
 */
export interface PlainTransport<PlainTransportAppData extends AppData = AppData>
  extends
    Transport<PlainTransportAppData, PlainTransportEvents, PlainTransportObserver>,
    SctpGetters {
  /** The kind of transport. */
  get type(): "plain";
  /** Emits events for observers other than the owner, such as monitoring code. */
  get observer(): PlainTransportObserver;
  /** Where we listen, and the other end once it is known. */
  get tuple(): TransportTuple;
  /** Undefined with `rtcpMux`. */
  get rtcpTuple(): TransportTuple | undefined;
  /** The key that we send with. Undefined without SRTP. */
  get srtpParameters(): SrtpParameters | undefined;
  /**
   * The engine's view of the transport, for debugging. Rejects if the transport or its worker is
   * closed.
   */
  dump(): Promise<PlainTransportDump>;
  /** The current figures. Rejects if the transport or its worker is closed. */
  getStats(): Promise<PlainTransportStat[]>;
  /**
   * Tells the transport where the other end is. Without `rtcpMux`, `rtcpPort` is required; with SRTP,
   * `srtpParameters` is.
   *
   * @throws TypeError A wrong option; the text names it. Error It was called before.
   */
  connect(
    { ip, port, rtcpPort, srtpParameters }: {
      ip?: string;
      port?: number;
      rtcpPort?: number;
      srtpParameters?: SrtpParameters;
    },
  ): Promise<void>;
}

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
  /** A port of its own for RTCP; `rtcpMux` is then false. */
  rtcpListenInfo?: TransportListenInfo;
};

/** Options of `createPlainTransport()`: one of `listenInfo` and the deprecated `listenIp`. */
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

/** What a plain transport's `dump()` tells. */
export type PlainTransportDump = BaseTransportDump & {
  rtcpMux: boolean;
  comedia: boolean;
  tuple: TransportTuple;
  rtcpTuple?: TransportTuple;
  srtpParameters?: SrtpParameters;
};

/** What a plain transport's `getStats()` tells. */
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
  /** With `comedia` and a port of its own for RTCP: its remote address was found. */
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
 * Once it is closed its methods reject with `NotFoundError`, and with `WorkerClosedError` once its
 * worker is.
 */
export interface PlainTransport<PlainTransportAppData extends AppData = AppData>
  extends
    Transport<PlainTransportAppData, PlainTransportEvents, PlainTransportObserver>,
    SctpGetters {
  /** Which kind of transport it is. */
  get type(): "plain";
  /** Tells of what happens, to those who did not make it happen. */
  get observer(): PlainTransportObserver;
  /** Where we listen, and the other end once it is known. */
  get tuple(): TransportTuple;
  /** Undefined with `rtcpMux`. */
  get rtcpTuple(): TransportTuple | undefined;
  /** The key that we send with. Undefined without SRTP. */
  get srtpParameters(): SrtpParameters | undefined;
  /**
   * The engine's view of the transport, for debugging. Rejects once the transport or its worker is
   * closed.
   */
  dump(): Promise<PlainTransportDump>;
  /** Figures of this moment. Rejects once the transport or its worker is closed. */
  getStats(): Promise<PlainTransportStat[]>;
  /**
   * Tells where the other end is. `rtcpPort` is needed when `rtcpMux` is false, `srtpParameters` when
   * SRTP is enabled.
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

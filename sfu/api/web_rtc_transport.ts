/** The WebRTC transport: ICE-lite, DTLS and SRTP, as browsers need it. */

import type { AppData, Either } from "./common.ts";
import type { EnhancedEventEmitter } from "../base/emitter.ts";
import type { SctpEvents, SctpGetters, SctpTransportOptions } from "./sctp_parameters.ts";
import type {
  BaseTransportDump,
  BaseTransportStats,
  Transport,
  TransportEvents,
  TransportListenInfo,
  TransportListenIp,
  TransportObserverEvents,
  TransportProtocol,
  TransportTuple,
} from "./transport.ts";
import type { WebRtcServer } from "./web_rtc_server.ts";

type WebRtcTransportListenIndividualListenInfo = {
  /** In order of preference. */
  listenInfos: TransportListenInfo[];
};

type WebRtcTransportListenIndividualListenIp = {
  /** In order of preference. */
  listenIps: (TransportListenIp | string)[];
  /** Default: one is picked. */
  port?: number;
};

type WebRtcTransportListenServer = {
  /** The server whose sockets to use. Of the same worker. */
  webRtcServer: WebRtcServer;
};

type WebRtcTransportListen = Either<
  Either<WebRtcTransportListenIndividualListenInfo, WebRtcTransportListenIndividualListenIp>,
  WebRtcTransportListenServer
>;

type WebRtcTransportOptionsBase<WebRtcTransportAppData extends AppData> = {
  /** Default true. With `listenInfos`, which name their protocols, this and the next three do nothing. */
  enableUdp?: boolean;
  /** Default true with a WebRTC server, else false. */
  enableTcp?: boolean;
  /** Whether UDP candidates get the higher priority. Default false. */
  preferUdp?: boolean;
  /** Whether TCP candidates get the higher priority. Default false. */
  preferTcp?: boolean;
  /**
   * Seconds without a check until ICE is disconnected (RFC 7675): 10 to 60, and what lies outside
   * counts as the nearest of them; 0 for never. Default 30.
   */
  iceConsentTimeout?: number;
  /**
   * First bandwidth estimate, bits per second. Default 600000. Without effect while the engine has no
   * bandwidth estimation.
   */
  initialAvailableOutgoingBitrate?: number;
  /** Default `{}`. */
  appData?: WebRtcTransportAppData;
};

/**
 * Options of `createWebRtcTransport()`: one of `webRtcServer`, `listenInfos` and the deprecated
 * `listenIps`.
 */
export type WebRtcTransportOptions<WebRtcTransportAppData extends AppData = AppData> =
  & WebRtcTransportOptionsBase<WebRtcTransportAppData>
  & SctpTransportOptions
  & WebRtcTransportListen;

/** Our ICE credentials (RFC 8839, 5.4), for the other end. */
export type IceParameters = {
  usernameFragment: string;
  password: string;
  /** Always true. */
  iceLite?: boolean;
};

/** An address where we can be reached (RFC 8839, 5.1), for the other end. */
export type IceCandidate = {
  foundation: string;
  priority: number;
  /** @deprecated Use `address`. */
  ip: string;
  /** Address or host name. */
  address: string;
  protocol: TransportProtocol;
  port: number;
  type: IceCandidateType;
  /** For TCP only. */
  tcpType?: IceCandidateTcpType;
};

/** How an end does DTLS: its role and its certificate's fingerprints. */
export type DtlsParameters = {
  /** Default `"auto"`: the other end decides. */
  role?: DtlsRole;
  /** Of the certificate. At least one. */
  fingerprints: DtlsFingerprint[];
};

/** Names of RFC 8122, 5. */
export type FingerprintAlgorithm = "sha-1" | "sha-224" | "sha-256" | "sha-384" | "sha-512";

/** A hash of a certificate (RFC 8122, 5). */
export type DtlsFingerprint = {
  algorithm: FingerprintAlgorithm;
  /** Pairs of hexadecimal digits with colons between them. */
  value: string;
};

/** Which end decides about the pair of candidates (RFC 8445, 6.1.1). We are always controlled. */
export type IceRole = "controlled" | "controlling";
/** `completed` once the other end has nominated a path; `disconnected` when consent has expired. */
export type IceState = "new" | "connected" | "completed" | "disconnected" | "closed";
/** RFC 8445, 5.1.1: ours are addresses of the host. */
export type IceCandidateType = "host";
/** RFC 6544, 4.5: we take connections and open none. */
export type IceCandidateTcpType = "passive";
/** Who begins the handshake: the client does. */
export type DtlsRole = "auto" | "client" | "server";
/** How far the DTLS session is. */
export type DtlsState = "new" | "connecting" | "connected" | "failed" | "closed";

/** What a WebRTC transport's `dump()` tells. */
export type WebRtcTransportDump = BaseTransportDump & {
  iceRole: "controlled";
  iceParameters: IceParameters;
  iceCandidates: IceCandidate[];
  iceState: IceState;
  iceSelectedTuple?: TransportTuple;
  dtlsParameters: DtlsParameters;
  dtlsState: DtlsState;
  dtlsRemoteCert?: string;
};

/** What a WebRTC transport's `getStats()` tells. */
export type WebRtcTransportStat = BaseTransportStats & {
  /** `"webrtc-transport"`. */
  type: string;
  iceRole: string;
  iceState: IceState;
  iceSelectedTuple?: TransportTuple;
  dtlsState: DtlsState;
};

/** Events of a WebRTC transport. */
export type WebRtcTransportEvents = TransportEvents & SctpEvents & {
  icestatechange: [IceState];
  iceselectedtuplechange: [TransportTuple];
  dtlsstatechange: [DtlsState];
};

/** The observer of a WebRTC transport. */
export type WebRtcTransportObserver = EnhancedEventEmitter<WebRtcTransportObserverEvents>;

/** Events of a WebRTC transport's observer. */
export type WebRtcTransportObserverEvents = TransportObserverEvents & SctpEvents & {
  icestatechange: [IceState];
  iceselectedtuplechange: [TransportTuple];
  dtlsstatechange: [DtlsState];
};

/**
 * ICE, DTLS and SRTP: for browsers and other WebRTC endpoints.
 *
 * Once it is closed its methods reject with `NotFoundError`, and with `WorkerClosedError` once its
 * worker is.
 */
export interface WebRtcTransport<WebRtcTransportAppData extends AppData = AppData>
  extends
    Transport<WebRtcTransportAppData, WebRtcTransportEvents, WebRtcTransportObserver>,
    SctpGetters {
  /** Which kind of transport it is. */
  get type(): "webrtc";
  /** Tells of what happens, to those who did not make it happen. */
  get observer(): WebRtcTransportObserver;
  /** We are ICE-lite: the other end decides. */
  get iceRole(): "controlled";
  /** For the other end; `restartIce()` changes them. */
  get iceParameters(): IceParameters;
  /** For the other end, the preferred first. */
  get iceCandidates(): IceCandidate[];
  /** How far ICE is. */
  get iceState(): IceState;
  /** The path in use; undefined while there is none. */
  get iceSelectedTuple(): TransportTuple | undefined;
  /** Ours, for the other end; the role is `auto` until it is decided. */
  get dtlsParameters(): DtlsParameters;
  /** How far DTLS is. */
  get dtlsState(): DtlsState;
  /** The other end's certificate (PEM), once DTLS is connected. */
  get dtlsRemoteCert(): string | undefined;
  /**
   * The engine's view of the transport, for debugging. Rejects once the transport or its worker is
   * closed.
   */
  dump(): Promise<WebRtcTransportDump>;
  /** Figures of this moment. Rejects once the transport or its worker is closed. */
  getStats(): Promise<WebRtcTransportStat[]>;
  /**
   * Tells whom to expect. Resolves before DTLS is connected.
   *
   * @throws TypeError A wrong role, algorithm or fingerprint. Error It was called before.
   */
  connect({ dtlsParameters }: { dtlsParameters: DtlsParameters }): Promise<void>;
  /** New credentials; the media goes on while the other end restarts too. */
  restartIce(): Promise<IceParameters>;
}

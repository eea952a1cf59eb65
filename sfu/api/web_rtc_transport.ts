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
  /** Default: any free one. */
  port?: number;
};

type WebRtcTransportListenServer = {
  /** The server whose sockets to use. It must belong to the same worker or pool. */
  webRtcServer: WebRtcServer;
};

type WebRtcTransportListen = Either<
  Either<WebRtcTransportListenIndividualListenInfo, WebRtcTransportListenIndividualListenIp>,
  WebRtcTransportListenServer
>;

type WebRtcTransportOptionsBase<WebRtcTransportAppData extends AppData> = {
  /** Default true. This and the next three have no effect with `listenInfos`, which name their protocols. */
  enableUdp?: boolean;
  /** Default true with a WebRTC server, else false. */
  enableTcp?: boolean;
  /** Whether UDP candidates get the higher priority. Default false. */
  preferUdp?: boolean;
  /** Whether TCP candidates get the higher priority. Default false. */
  preferTcp?: boolean;
  /**
   * Seconds without a check until ICE is disconnected (RFC 7675). It is raised to 10 or lowered to 60; 0
   * means never. Default 30.
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

/** Our ICE credentials (RFC 8839, 5.4), to be sent to the other end. */
export type IceParameters = {
  usernameFragment: string;
  password: string;
  /** Always true. */
  iceLite?: boolean;
};

/** An address where we can be reached (RFC 8839, 5.1), to be sent to the other end. */
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
  /** Only for TCP. */
  tcpType?: IceCandidateTcpType;
};

/** The DTLS role of one end, and the fingerprints of its certificate. */
export type DtlsParameters = {
  /** Default `"auto"`: the other end decides. */
  role?: DtlsRole;
  /** Fingerprints of the certificate. At least one. */
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

/** Our ICE role (RFC 8445, 6.1.1): the other end always chooses the pair of candidates. */
export type IceRole = "controlled" | "controlling";
/** `completed` once the other end has nominated a path; `disconnected` once consent has expired. */
export type IceState = "new" | "connected" | "completed" | "disconnected" | "closed";
/** RFC 8445, 5.1.1: our candidates are addresses of the host. */
export type IceCandidateType = "host";
/** RFC 6544, 4.5: we accept connections and open none. */
export type IceCandidateTcpType = "passive";
/** The role in the handshake, which the client begins. */
export type DtlsRole = "auto" | "client" | "server";
/** The state of the DTLS session. */
export type DtlsState = "new" | "connecting" | "connected" | "failed" | "closed";

/** The result of a WebRTC transport's `dump()`. */
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

/** The result of a WebRTC transport's `getStats()`. */
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
 * Once it is closed, its methods reject with `NotFoundError`; once its worker is closed, with
 * `WorkerClosedError`.
 */
export interface WebRtcTransport<WebRtcTransportAppData extends AppData = AppData>
  extends
    Transport<WebRtcTransportAppData, WebRtcTransportEvents, WebRtcTransportObserver>,
    SctpGetters {
  /** The kind of transport. */
  get type(): "webrtc";
  /** Emits events for observers other than the owner, such as monitoring code. */
  get observer(): WebRtcTransportObserver;
  /** We are ICE-lite: the other end decides. */
  get iceRole(): "controlled";
  /** To be sent to the other end; `restartIce()` changes them. */
  get iceParameters(): IceParameters;
  /** To be sent to the other end; the preferred one comes first. */
  get iceCandidates(): IceCandidate[];
  /** The state of ICE. */
  get iceState(): IceState;
  /** The path in use; undefined if there is none. */
  get iceSelectedTuple(): TransportTuple | undefined;
  /** Our parameters, to be sent to the other end. The role is `auto` until it is decided. */
  get dtlsParameters(): DtlsParameters;
  /** The state of DTLS. */
  get dtlsState(): DtlsState;
  /** The other end's certificate (PEM), once DTLS is connected. */
  get dtlsRemoteCert(): string | undefined;
  /**
   * The engine's view of the transport, for debugging. Rejects if the transport or its worker is
   * closed.
   */
  dump(): Promise<WebRtcTransportDump>;
  /** The current figures. Rejects if the transport or its worker is closed. */
  getStats(): Promise<WebRtcTransportStat[]>;
  /**
   * Tells the transport the other end's DTLS parameters. Resolves before DTLS is connected.
   *
   * @throws TypeError A wrong role, algorithm or fingerprint. Error It was called before.
   */
  connect({ dtlsParameters }: { dtlsParameters: DtlsParameters }): Promise<void>;
  /** Makes new credentials. Media continues while the other end restarts as well. */
  restartIce(): Promise<IceParameters>;
}

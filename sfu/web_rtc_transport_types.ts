/** The WebRTC transport: ICE-lite, DTLS and SRTP, as browsers need it. */

import type { AppData, Either } from "./common_types.ts";
import type { EnhancedEventEmitter } from "./emitter.ts";
import type { SctpEvents, SctpGetters, SctpTransportOptions } from "./sctp_parameters_types.ts";
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
} from "./transport_types.ts";
import type { WebRtcServer } from "./web_rtc_server_types.ts";

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
  /** First bandwidth estimate, bits per second. Default 600000. */
  initialAvailableOutgoingBitrate?: number;
  /** Default `{}`. */
  appData?: WebRtcTransportAppData;
};

export type WebRtcTransportOptions<WebRtcTransportAppData extends AppData = AppData> =
  & WebRtcTransportOptionsBase<WebRtcTransportAppData>
  & SctpTransportOptions
  & WebRtcTransportListen;

export type IceParameters = {
  usernameFragment: string;
  password: string;
  /** Always true. */
  iceLite?: boolean;
};

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

export type DtlsParameters = {
  /** Default `"auto"`: the other end decides. */
  role?: DtlsRole;
  /** Of the certificate. At least one. */
  fingerprints: DtlsFingerprint[];
};

/** Names of RFC 8122, 5. */
export type FingerprintAlgorithm = "sha-1" | "sha-224" | "sha-256" | "sha-384" | "sha-512";

export type DtlsFingerprint = {
  algorithm: FingerprintAlgorithm;
  /** Pairs of hexadecimal digits with colons between them. */
  value: string;
};

export type IceRole = "controlled" | "controlling";
export type IceState = "new" | "connected" | "completed" | "disconnected" | "closed";
export type IceCandidateType = "host";
export type IceCandidateTcpType = "passive";
export type DtlsRole = "auto" | "client" | "server";
export type DtlsState = "new" | "connecting" | "connected" | "failed" | "closed";

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

export type WebRtcTransportStat = BaseTransportStats & {
  /** `"webrtc-transport"`. */
  type: string;
  iceRole: string;
  iceState: IceState;
  iceSelectedTuple?: TransportTuple;
  dtlsState: DtlsState;
};

export type WebRtcTransportEvents = TransportEvents & SctpEvents & {
  icestatechange: [IceState];
  iceselectedtuplechange: [TransportTuple];
  dtlsstatechange: [DtlsState];
};

export type WebRtcTransportObserver = EnhancedEventEmitter<WebRtcTransportObserverEvents>;

export type WebRtcTransportObserverEvents = TransportObserverEvents & SctpEvents & {
  icestatechange: [IceState];
  iceselectedtuplechange: [TransportTuple];
  dtlsstatechange: [DtlsState];
};

export interface WebRtcTransport<WebRtcTransportAppData extends AppData = AppData>
  extends
    Transport<WebRtcTransportAppData, WebRtcTransportEvents, WebRtcTransportObserver>,
    SctpGetters {
  get type(): "webrtc";
  get observer(): WebRtcTransportObserver;
  get iceRole(): "controlled";
  get iceParameters(): IceParameters;
  get iceCandidates(): IceCandidate[];
  get iceState(): IceState;
  get iceSelectedTuple(): TransportTuple | undefined;
  get dtlsParameters(): DtlsParameters;
  get dtlsState(): DtlsState;
  /** The other end's certificate (PEM), once DTLS is connected. */
  get dtlsRemoteCert(): string | undefined;
  dump(): Promise<WebRtcTransportDump>;
  getStats(): Promise<WebRtcTransportStat[]>;
  /** Once only. Resolves before DTLS is connected. */
  connect({ dtlsParameters }: { dtlsParameters: DtlsParameters }): Promise<void>;
  /** New credentials; the media goes on while the other end restarts too. */
  restartIce(): Promise<IceParameters>;
}

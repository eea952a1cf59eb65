/** The WebRTC server: sockets that many WebRTC transports share. */

import type { AppData } from "./common.ts";
import type { EnhancedEventEmitter } from "../base/emitter.ts";
import type { TransportListenInfo } from "./transport.ts";
import type { WebRtcTransport } from "./web_rtc_transport.ts";

/** Options of `createWebRtcServer()`. */
export type WebRtcServerOptions<WebRtcServerAppData extends AppData = AppData> = {
  /** At least one, in order of preference. */
  listenInfos: TransportListenInfo[];
  /** Default `{}`. */
  appData?: WebRtcServerAppData;
};

/** @deprecated Use {@linkcode TransportListenInfo}. */
export type WebRtcServerListenInfo = TransportListenInfo;

/** An address where the server listens. */
export type IpPort = { ip: string; port: number };

/** The transport that has an ICE username fragment. */
export type IceUserNameFragment = {
  localIceUsernameFragment: string;
  webRtcTransportId: string;
};

/** The result of a WebRTC server's `dump()`. */
export type WebRtcServerDump = {
  id: string;
  udpSockets: IpPort[];
  tcpServers: IpPort[];
  webRtcTransportIds: string[];
  localIceUsernameFragments: IceUserNameFragment[];
};

/** Events of a WebRTC server. */
export type WebRtcServerEvents = {
  /** The worker closed, and this server with it. */
  workerclose: [];
  "@close": [];
};

/** The observer of a WebRTC server. */
export type WebRtcServerObserver = EnhancedEventEmitter<WebRtcServerObserverEvents>;

/** Events of a WebRTC server's observer. */
export type WebRtcServerObserverEvents = {
  close: [];
  /** A transport began to use this server. */
  webrtctransporthandled: [WebRtcTransport];
  /** A transport that used this server closed. */
  webrtctransportunhandled: [WebRtcTransport];
};

/**
 * Ports that many WebRTC transports share.
 *
 * Once it is closed, its methods reject with `NotFoundError`; once its worker is closed, with
 * `WorkerClosedError`.
 */
export interface WebRtcServer<WebRtcServerAppData extends AppData = AppData>
  extends EnhancedEventEmitter<WebRtcServerEvents> {
  /** Identifies the server: a UUID. */
  get id(): string;
  /** Whether the server is closed, for whatever reason. It cannot be opened again. */
  get closed(): boolean;
  /** Data of the application. */
  get appData(): WebRtcServerAppData;
  /** @throws TypeError Not an object. */
  set appData(appData: WebRtcServerAppData);
  /** Emits events for observers other than the owner, such as monitoring code. */
  get observer(): WebRtcServerObserver;
  /** Closes the sockets; transports that use them close with `listenserverclose`. */
  close(): void;
  /** @private For the worker. */
  workerClosed(): void;
  /**
   * The engine's view of the server, for debugging. Rejects if the server or its worker is
   * closed.
   */
  dump(): Promise<WebRtcServerDump>;
  /** @private For the router that made the transport. */
  handleWebRtcTransport(webRtcTransport: WebRtcTransport): void;
}

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

/** An address of ours. */
export type IpPort = { ip: string; port: number };

/** Which transport has an ICE username fragment. */
export type IceUserNameFragment = {
  localIceUsernameFragment: string;
  webRtcTransportId: string;
};

/** What a WebRTC server's `dump()` tells. */
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
 * Once it is closed its methods reject with `NotFoundError`, and with `WorkerClosedError` once its
 * worker is.
 */
export interface WebRtcServer<WebRtcServerAppData extends AppData = AppData>
  extends EnhancedEventEmitter<WebRtcServerEvents> {
  /** Identifies the server: a UUID. */
  get id(): string;
  /** Whether the server is closed, by whatever: then it stays so. */
  get closed(): boolean;
  /** What the application keeps with it. */
  get appData(): WebRtcServerAppData;
  /** @throws TypeError What is no object. */
  set appData(appData: WebRtcServerAppData);
  /** Tells of what happens, to those who did not make it happen. */
  get observer(): WebRtcServerObserver;
  /** Closes the sockets; transports that use them close with `listenserverclose`. */
  close(): void;
  /** @private For the worker. */
  workerClosed(): void;
  /**
   * The engine's view of the server, for debugging. Rejects once the server or its worker is
   * closed.
   */
  dump(): Promise<WebRtcServerDump>;
  /** @private For the router that made the transport. */
  handleWebRtcTransport(webRtcTransport: WebRtcTransport): void;
}

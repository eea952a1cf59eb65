/** The WebRTC server: sockets that many WebRTC transports share. */

import type { AppData } from "./common_types.ts";
import type { EnhancedEventEmitter } from "./emitter.ts";
import type { TransportListenInfo } from "./transport_types.ts";
import type { WebRtcTransport } from "./web_rtc_transport_types.ts";

export type WebRtcServerOptions<WebRtcServerAppData extends AppData = AppData> = {
  /** At least one, in order of preference. */
  listenInfos: TransportListenInfo[];
  /** Default `{}`. */
  appData?: WebRtcServerAppData;
};

/** @deprecated Use {@linkcode TransportListenInfo}. */
export type WebRtcServerListenInfo = TransportListenInfo;

export type IpPort = { ip: string; port: number };

export type IceUserNameFragment = {
  localIceUsernameFragment: string;
  webRtcTransportId: string;
};

export type WebRtcServerDump = {
  id: string;
  udpSockets: IpPort[];
  tcpServers: IpPort[];
  webRtcTransportIds: string[];
  localIceUsernameFragments: IceUserNameFragment[];
};

export type WebRtcServerEvents = {
  /** The worker closed, and this server with it. */
  workerclose: [];
  "@close": [];
};

export type WebRtcServerObserver = EnhancedEventEmitter<WebRtcServerObserverEvents>;

export type WebRtcServerObserverEvents = {
  close: [];
  /** A transport began to use this server. */
  webrtctransporthandled: [WebRtcTransport];
  /** A transport that used this server closed. */
  webrtctransportunhandled: [WebRtcTransport];
};

export interface WebRtcServer<WebRtcServerAppData extends AppData = AppData>
  extends EnhancedEventEmitter<WebRtcServerEvents> {
  get id(): string;
  get closed(): boolean;
  get appData(): WebRtcServerAppData;
  set appData(appData: WebRtcServerAppData);
  get observer(): WebRtcServerObserver;
  /** Closes the sockets; transports that use them close with `listenserverclose`. */
  close(): void;
  /** @private For the worker. */
  workerClosed(): void;
  dump(): Promise<WebRtcServerDump>;
  /** @private For the router that made the transport. */
  handleWebRtcTransport(webRtcTransport: WebRtcTransport): void;
}

/** The WebRTC server: ports that many transports share. Made by `worker.createWebRtcServer()`. */
import type { AppData } from "../api/common.ts";
import { type EngineWebRtcServerDump, toWebRtcServerDump } from "../base/dumps.ts";
import { type EngineClient, Method } from "../base/engine_client.ts";
import { notOurs } from "../base/copies.ts";
import { Entity, type EntityInit } from "../base/entity.ts";
import { Logger } from "../base/logger.ts";
import type { TransportProtocol } from "../api/transport.ts";
import type {
  WebRtcServer,
  WebRtcServerDump,
  WebRtcServerEvents,
  WebRtcServerObserverEvents,
} from "../api/web_rtc_server.ts";
import type { WebRtcTransport } from "../api/web_rtc_transport.ts";

const logger = new Logger("WebRtcServer");

/** For ports that several workers share: this worker's place, and the shared port if it is open already. */
export interface SharedPort {
  index: number;
  id?: number;
}

/** The method of a server that finds the one listening on a given worker. */
export const serverAt = Symbol("serverAt");

/** A server as an application passes it to a transport: one worker's or a pool's. */
export interface ListenServer {
  readonly id: string;
  /** Undefined if it does not listen on that worker, or is closed. */
  [serverAt](client: EngineClient): WebRtcServerImpl | undefined;
}

/** @throws TypeError Not a server of this module. */
export function toListenServer(webRtcServer: unknown): ListenServer {
  const isOurs = typeof webRtcServer === "object" && webRtcServer !== null &&
    serverAt in webRtcServer;
  if (!isOurs) {
    throw notOurs(webRtcServer, "webRtcServer", "webRtcServer must be a WebRtcServer");
  }
  return webRtcServer as ListenServer;
}

/** The worker as its servers see it. */
export interface WebRtcServerParent {
  webRtcServerClosed(webRtcServer: WebRtcServerImpl): void;
}

export class WebRtcServerImpl<Data extends AppData = AppData>
  extends Entity<Data, WebRtcServerEvents, WebRtcServerObserverEvents>
  implements WebRtcServer<Data>, ListenServer {
  readonly #parent: WebRtcServerParent;
  readonly #transports = new Set<WebRtcTransport>();
  readonly #protocols: ReadonlySet<TransportProtocol>;

  constructor(
    init: EntityInit<Data>,
    protocols: ReadonlySet<TransportProtocol>,
    parent: WebRtcServerParent,
  ) {
    super(init, logger);
    this.#protocols = protocols;
    this.#parent = parent;
  }

  /** @private For transports: the protocols that it listens for. */
  get protocols(): ReadonlySet<TransportProtocol> {
    return this.#protocols;
  }

  close(): void {
    if (!this.markClosed()) return;
    logger.debug("close()");
    this.client.release(Method.WEBRTC_SERVER_CLOSE, this.engineId);
    // Each transport removes itself from the set.
    for (const transport of [...this.#transports]) transport.listenServerClosed();
    this.#parent.webRtcServerClosed(this as WebRtcServerImpl);
    this.observe("close");
  }

  workerClosed(): void {
    if (!this.markClosed()) return;
    logger.debug("workerClosed()");
    this.#transports.clear();
    this.safeEmit("workerclose");
    this.observe("close");
  }

  async dump(): Promise<WebRtcServerDump> {
    logger.debug("dump()");
    const dump = this.call<EngineWebRtcServerDump>(Method.WEBRTC_SERVER_DUMP);
    return toWebRtcServerDump(this.client, this.id, dump);
  }

  handleWebRtcTransport(transport: WebRtcTransport): void {
    if (transport.closed) return; // A listener of "newtransport" closed it.
    this.#transports.add(transport);
    this.observe("webrtctransporthandled", transport);
  }

  /** @private For its transports: called however one is closed. */
  webRtcTransportClosed(transport: WebRtcTransport): void {
    if (this.#transports.delete(transport)) this.observe("webrtctransportunhandled", transport);
  }

  /** @private For transports. */
  [serverAt](client: EngineClient): WebRtcServerImpl | undefined {
    return this.client === client && !this.closed ? this as WebRtcServerImpl : undefined;
  }

  handleEngineEvent(type: number): void {
    logger.error(`ignoring unknown event "${type}"`);
  }
}

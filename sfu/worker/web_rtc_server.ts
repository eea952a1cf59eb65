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

/** Of ports that several workers listen on: which of them this is, and whose ports unless it opens them. */
export interface SharedPort {
  index: number;
  id?: number;
}

/** Names the method that tells what serves on a worker. */
export const serverAt = Symbol("serverAt");

/** A server as an application gives it to a transport. */
export interface ListenServer {
  readonly id: string;
  /** Undefined where it does not listen, and once it is closed. */
  [serverAt](client: EngineClient): WebRtcServerImpl | undefined;
}

/** @throws TypeError Not a server of ours. */
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

  /** @private For transports: what it listens on. */
  get protocols(): ReadonlySet<TransportProtocol> {
    return this.#protocols;
  }

  close(): void {
    if (!this.markClosed()) return;
    logger.debug("close()");
    this.client.release(Method.WEBRTC_SERVER_CLOSE, this.engineId);
    // Each of them takes itself out of the set.
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
    if (transport.closed) return; // A listener of "newtransport" did that.
    this.#transports.add(transport);
    this.observe("webrtctransporthandled", transport);
  }

  /** @private For its transports: every way of closing one ends here. */
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

/**
 * The WebRTC server of a pool: one port for all its workers. Each worker has its own server on the port;
 * the engine hands over datagrams and connections that the kernel gave to the wrong one. Made by
 * `pool.createWebRtcServer()`.
 */
import { randomUUID } from "node:crypto";
import { ApiObject } from "../base/api_object.ts";
import type { AppData } from "../api/common.ts";
import type { EngineClient } from "../base/engine_client.ts";
import { NotFoundError } from "../base/errors.ts";
import type { EngineListenInfo } from "../transport/listen_options.ts";
import { Logger } from "../base/logger.ts";
import {
  type ListenServer,
  serverAt,
  type SharedPort,
  type WebRtcServerImpl,
} from "../worker/web_rtc_server.ts";
import type {
  WebRtcServer,
  WebRtcServerDump,
  WebRtcServerEvents,
  WebRtcServerObserverEvents,
} from "../api/web_rtc_server.ts";
import type { WebRtcTransport } from "../api/web_rtc_transport.ts";
import type { WorkerImpl } from "../worker/worker.ts";

const logger = new Logger("WebRtcServer");

/** The pool as its servers see it. */
export interface PoolWebRtcServerParent {
  webRtcServerClosed(webRtcServer: PoolWebRtcServerImpl): void;
}

export class PoolWebRtcServerImpl<Data extends AppData = AppData>
  extends ApiObject<Data, WebRtcServerEvents, WebRtcServerObserverEvents>
  implements WebRtcServer<Data>, ListenServer {
  readonly #id = randomUUID();
  readonly #servers = new Map<EngineClient, WebRtcServerImpl>();
  readonly #parent: PoolWebRtcServerParent;

  /** @throws Error A port is not available; then none is kept open. */
  constructor(
    workers: readonly WorkerImpl[],
    listenInfos: EngineListenInfo[],
    appData: Data,
    parent: PoolWebRtcServerParent,
  ) {
    super(appData, logger);
    this.#parent = parent;
    try {
      let id: number | undefined;
      for (const [index, worker] of workers.entries()) {
        id = this.#open(worker, listenInfos, { index, id });
      }
    } catch (error) {
      for (const server of [...this.#servers.values()]) server.close();
      throw error;
    }
  }

  get id(): string {
    return this.#id;
  }

  close(): void {
    if (!this.markClosed()) return;
    logger.debug("close()");
    for (const server of [...this.#servers.values()]) server.close();
    this.#parent.webRtcServerClosed(this as PoolWebRtcServerImpl);
    this.observe("close");
  }

  workerClosed(): void {
    if (!this.markClosed()) return;
    logger.debug("workerClosed()");
    this.#servers.clear();
    this.safeEmit("workerclose");
    this.observe("close");
  }

  async dump(): Promise<WebRtcServerDump> {
    logger.debug("dump()");
    if (this.closed) throw new NotFoundError(`WebRtcServer with id "${this.#id}" is closed`);
    const dumps = await Promise.all(Array.from(this.#servers.values(), (it) => it.dump()));
    return {
      id: this.#id,
      // The sockets of all workers are the same.
      udpSockets: dumps[0].udpSockets,
      tcpServers: dumps[0].tcpServers,
      webRtcTransportIds: dumps.flatMap((dump) => dump.webRtcTransportIds),
      localIceUsernameFragments: dumps.flatMap((dump) => dump.localIceUsernameFragments),
    };
  }

  /** @private Does nothing: transports report to the servers of the workers. */
  handleWebRtcTransport(_transport: WebRtcTransport): void {}

  /** @private For transports. */
  [serverAt](client: EngineClient): WebRtcServerImpl | undefined {
    return this.#servers.get(client);
  }

  /** Returns the number of the shared port. */
  #open(
    worker: WorkerImpl,
    listenInfos: EngineListenInfo[],
    sharedPort: SharedPort,
  ): number | undefined {
    const request = { listenInfos, sharedPort };
    const { webRtcServer, sharedPortId } = worker.openWebRtcServer(request, {});
    this.#servers.set(worker.client, webRtcServer);
    for (const event of ["webrtctransporthandled", "webrtctransportunhandled"] as const) {
      webRtcServer.observer.on(event, (transport) => this.observe(event, transport));
    }
    webRtcServer.observer.once("close", () => this.#servers.delete(worker.client));
    return sharedPortId;
  }
}

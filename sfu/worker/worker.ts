/** The worker: an engine thread and all objects in it. Made by `createWorker()`. */
import process from "node:process";
import { ApiObject } from "../base/api_object.ts";
import * as check from "../base/check.ts";
import type { AppData } from "../api/common.ts";
import { EngineClient, Method } from "../base/engine_client.ts";
import { type EngineListenInfo, toListenInfos } from "../transport/listen_options.ts";
import { Logger } from "../base/logger.ts";
import { RouterImpl, type RouterParent } from "../router/router.ts";
import { toRouterRtpCapabilities } from "../router/router_options.ts";
import type { Router, RouterOptions } from "../api/router.ts";
import { type SharedPort, WebRtcServerImpl, type WebRtcServerParent } from "./web_rtc_server.ts";
import type { WebRtcServer, WebRtcServerOptions } from "../api/web_rtc_server.ts";
import { toEngineOptions, toLogSettings } from "./worker_settings.ts";
import type {
  Worker,
  WorkerDump,
  WorkerEvents,
  WorkerObserverEvents,
  WorkerResourceUsage,
  WorkerSettings,
  WorkerUpdateableSettings,
} from "../api/worker.ts";

const logger = new Logger("Worker");

export class WorkerImpl<Data extends AppData = AppData>
  extends ApiObject<Data, WorkerEvents, WorkerObserverEvents>
  implements Worker<Data>, RouterParent, WebRtcServerParent {
  readonly #client: EngineClient;
  readonly #routers = new Set<RouterImpl>();
  readonly #webRtcServers = new Set<WebRtcServerImpl>();
  #died = false;
  #subprocessClosed = false;

  /** @throws TypeError A wrong setting. Error The engine cannot be loaded or started. */
  constructor(settings: WorkerSettings<Data>) {
    const options = toEngineOptions(check.fields(settings, "settings"));
    super(check.appData<Data>(settings.appData), logger);
    this.#client = new EngineClient(options, (reason) => this.#workerDied(new Error(reason)));
  }

  get pid(): number {
    return process.pid;
  }

  get died(): boolean {
    return this.#died;
  }

  get subprocessClosed(): boolean {
    return this.#subprocessClosed;
  }

  close(): void {
    if (!this.markClosed()) return;
    logger.debug("close()");
    this.safeEmit("@closing");
    this.#client.shut();
    this.#closeChildren();
    this.#client.close();
    this.observe("close");
    // The thread is already gone. The event still comes later, as it would for a process.
    setImmediate(() => this.#tellThreadClosed());
  }

  async dump(): Promise<WorkerDump> {
    logger.debug("dump()");
    const dump = this.#client.call<EngineWorkerDump>(Method.WORKER_DUMP, 0);
    return {
      pid: this.pid,
      webRtcServerIds: dump.webRtcServerIds.map((id) => this.#client.idOf(id)),
      routerIds: dump.routerIds.map((id) => this.#client.idOf(id)),
      channelMessageHandlers: {
        channelRequestHandlers: this.#client.ids,
        channelNotificationHandlers: [],
      },
      counters: dump.counters,
      sendGroupSizes: dump.sendGroupSizes,
    };
  }

  async getResourceUsage(): Promise<WorkerResourceUsage> {
    logger.debug("getResourceUsage()");
    return this.#client.call<WorkerResourceUsage>(Method.WORKER_RESOURCE_USAGE, 0);
  }

  async updateSettings(settings: WorkerUpdateableSettings<Data> = {}): Promise<void> {
    logger.debug("updateSettings()");
    this.#client.assertOpen();
    const request = toLogSettings(check.fields(settings, "settings"));
    this.#client.call(Method.WORKER_UPDATE_SETTINGS, 0, request);
  }

  async createWebRtcServer<D extends AppData = AppData>(
    options: WebRtcServerOptions<D>,
  ): Promise<WebRtcServer<D>> {
    logger.debug("createWebRtcServer()");
    this.#client.assertOpen();
    const appData = check.appData<D>(check.object(options, "options").appData);
    const listenInfos = toListenInfos(options.listenInfos, "listenInfos");
    return this.openWebRtcServer<D>({ listenInfos }, appData).webRtcServer;
  }

  /** @private Also for a pool's servers. */
  openWebRtcServer<D extends AppData>(
    request: { listenInfos: EngineListenInfo[]; sharedPort?: SharedPort },
    appData: D,
  ): { webRtcServer: WebRtcServerImpl<D>; sharedPortId?: number } {
    const { id, sharedPortId } = this.#client.call<{ id: number; sharedPortId?: number }>(
      Method.WORKER_CREATE_WEBRTC_SERVER,
      0,
      request,
    );
    const init = { client: this.#client, engineId: id, appData };
    const protocols = new Set(request.listenInfos.map(({ protocol }) => protocol));
    const webRtcServer = new WebRtcServerImpl<D>(init, protocols, this);
    this.#webRtcServers.add(webRtcServer as WebRtcServerImpl);
    this.observe("newwebrtcserver", webRtcServer as WebRtcServer);
    return { webRtcServer, sharedPortId };
  }

  async createRouter<D extends AppData = AppData>(
    options: RouterOptions<D> = {},
  ): Promise<Router<D>> {
    logger.debug("createRouter()");
    this.#client.assertOpen();
    const { mediaCodecs, appData } = check.fields(options, "options");
    const checkedData = check.appData<D>(appData);
    const rtpCapabilities = toRouterRtpCapabilities(mediaCodecs);
    return this.openRouter((place) =>
      new RouterImpl<D>({ ...place, appData: checkedData }, rtpCapabilities, this)
    );
  }

  /** @private Also for a pool's routers. */
  openRouter<R extends RouterImpl<D>, D extends AppData>(
    make: (place: { client: EngineClient; engineId: number }) => R,
  ): R {
    const { id } = this.#client.call<{ id: number }>(Method.WORKER_CREATE_ROUTER, 0);
    const router = make({ client: this.#client, engineId: id });
    this.#routers.add(router as RouterImpl);
    this.observe("newrouter", router as Router);
    return router;
  }

  /** @private For a pool. */
  get client(): EngineClient {
    return this.#client;
  }

  /** @private For its routers. */
  routerClosed(router: RouterImpl): void {
    this.#routers.delete(router);
  }

  /** @private For its servers. */
  webRtcServerClosed(webRtcServer: WebRtcServerImpl): void {
    this.#webRtcServers.delete(webRtcServer);
  }

  #workerDied(error: Error): void {
    if (!this.markClosed()) return;
    logger.error("worker died unexpectedly", error);
    this.#died = true;
    this.#subprocessClosed = true;
    this.safeEmit("@closing");
    this.#client.close();
    this.#closeChildren();
    this.safeEmit("died", error);
    this.safeEmit("subprocessclose");
    this.observe("close");
  }

  #closeChildren(): void {
    for (const router of this.#routers) router.workerClosed();
    this.#routers.clear();
    for (const webRtcServer of this.#webRtcServers) webRtcServer.workerClosed();
    this.#webRtcServers.clear();
  }

  #tellThreadClosed(): void {
    this.#subprocessClosed = true;
    this.safeEmit("subprocessclose");
  }
}

interface EngineWorkerDump {
  webRtcServerIds: number[];
  routerIds: number[];
  counters: Record<string, number>;
  sendGroupSizes: number[];
}

/** The worker pool: workers that act as one. Made by `createWorkerPool()`. */
import { availableParallelism } from "node:os";
import { ApiObject } from "../base/api_object.ts";
import * as check from "../base/check.ts";
import type { AppData } from "../api/common.ts";
import type { EngineClient } from "../base/engine_client.ts";
import { WorkerClosedError } from "../base/errors.ts";
import { toListenInfos } from "../transport/listen_options.ts";
import { Logger } from "../base/logger.ts";
import { PoolRouterImpl, type PoolRouterParent } from "./pool_router.ts";
import { PoolWebRtcServerImpl, type PoolWebRtcServerParent } from "./pool_web_rtc_server.ts";
import { toRouterRtpCapabilities } from "../router/router_options.ts";
import type { Router, RouterOptions } from "../api/router.ts";
import type { WebRtcServer, WebRtcServerOptions } from "../api/web_rtc_server.ts";
import { WorkerImpl } from "../worker/worker.ts";
import type {
  WorkerPool,
  WorkerPoolEvents,
  WorkerPoolObserverEvents,
  WorkerPoolSettings,
} from "../api/worker_pool.ts";
import type { Worker, WorkerResourceUsage, WorkerUpdateableSettings } from "../api/worker.ts";

const logger = new Logger("WorkerPool");

/** One character of a username fragment names the worker. */
const workersMax = 64;

export class WorkerPoolImpl<Data extends AppData = AppData>
  extends ApiObject<Data, WorkerPoolEvents, WorkerPoolObserverEvents>
  implements WorkerPool<Data>, PoolRouterParent, PoolWebRtcServerParent {
  readonly #routers = new Set<PoolRouterImpl>();
  readonly #webRtcServers = new Set<PoolWebRtcServerImpl>();
  #workers: WorkerImpl[] = [];
  #died = false;

  /** @throws TypeError A wrong setting. Error The engine cannot be loaded or started. */
  constructor(given: WorkerPoolSettings<Data>) {
    const { workers, appData, ...settings } = check.fields(given, "settings");
    const count = workers ?? Math.min(availableParallelism(), workersMax);
    check.integer(count, "workers", 1, workersMax);
    super(check.appData<Data>(appData), logger);
    try {
      while (this.#workers.length < count) this.#workers.push(new WorkerImpl(settings));
    } catch (error) {
      for (const worker of this.#workers) worker.close();
      throw error;
    }
    for (const worker of this.#workers) this.#watch(worker);
  }

  get workers(): Worker[] {
    return this.#workers.map((worker) => worker as Worker);
  }

  get died(): boolean {
    return this.#died;
  }

  close(): void {
    if (!this.markClosed()) return;
    logger.debug("close()");
    const workers = this.#workers;
    this.#workers = [];
    this.#closeChildren();
    for (const worker of workers) worker.close();
    this.observe("close");
  }

  async getResourceUsage(): Promise<WorkerResourceUsage> {
    logger.debug("getResourceUsage()");
    this.#assertOpen();
    const usages = await Promise.all(this.#workers.map((worker) => worker.getResourceUsage()));
    return usages.reduce((sum, usage) => {
      for (const key of Object.keys(sum) as (keyof WorkerResourceUsage)[]) {
        sum[key] = key === "ru_maxrss" ? Math.max(sum[key], usage[key]) : sum[key] + usage[key];
      }
      return sum;
    });
  }

  async updateSettings(settings: WorkerUpdateableSettings<Data> = {}): Promise<void> {
    logger.debug("updateSettings()");
    this.#assertOpen();
    await Promise.all(this.#workers.map((worker) => worker.updateSettings(settings)));
  }

  async createRouter<D extends AppData = AppData>(
    options: RouterOptions<D> = {},
  ): Promise<Router<D>> {
    logger.debug("createRouter()");
    this.#assertOpen();
    const { mediaCodecs, appData } = check.fields(options, "options");
    const checkedData = check.appData<D>(appData);
    const rtpCapabilities = toRouterRtpCapabilities(mediaCodecs);
    const router = new PoolRouterImpl<D>(checkedData, rtpCapabilities, this);
    this.#routers.add(router as PoolRouterImpl);
    this.observe("newrouter", router as Router);
    return router;
  }

  async createWebRtcServer<D extends AppData = AppData>(
    options: WebRtcServerOptions<D>,
  ): Promise<WebRtcServer<D>> {
    logger.debug("createWebRtcServer()");
    this.#assertOpen();
    const appData = check.appData<D>(check.object(options, "options").appData);
    const listenInfos = toListenInfos(options.listenInfos, "listenInfos");
    const server = new PoolWebRtcServerImpl<D>(this.#workers, listenInfos, appData, this);
    this.#webRtcServers.add(server as PoolWebRtcServerImpl);
    this.observe("newwebrtcserver", server as WebRtcServer);
    return server;
  }

  // For its routers and servers:

  /** @private */
  get clients(): readonly EngineClient[] {
    return this.#workers.map((worker) => worker.client);
  }

  /** @private */
  leastLoaded(suits: (client: EngineClient) => boolean): WorkerImpl {
    this.#assertOpen();
    const suitable = this.#workers.filter((worker) => suits(worker.client));
    // If none is suitable, any worker will give the right error.
    return (suitable.length > 0 ? suitable : this.#workers).reduce((least, worker) =>
      worker.client.size < least.client.size ? worker : least
    );
  }

  /** @private */
  webRtcServerClosed(webRtcServer: PoolWebRtcServerImpl): void {
    this.#webRtcServers.delete(webRtcServer);
  }

  /** @private */
  routerClosed(router: PoolRouterImpl): void {
    this.#routers.delete(router);
  }

  /** Listens before anyone else can: the pool is up to date when other listeners are called. */
  #watch(worker: WorkerImpl): void {
    worker.on("@closing", () => {
      this.#workers = this.#workers.filter((other) => other !== worker);
    });
    worker.on("died", (error) => {
      logger.error("a worker of the pool died", error);
      if (this.#workers.length === 0) this.#end(true);
      this.safeEmit("workerdied", worker as Worker, error);
      if (this.#died) this.safeEmit("died", error);
    });
    worker.observer.on("close", () => {
      if (this.#workers.length === 0) this.#end(false);
    });
  }

  /** No worker is left. */
  #end(died: boolean): void {
    if (!this.markClosed()) return;
    this.#died = died;
    this.#closeChildren();
    this.observe("close");
  }

  #closeChildren(): void {
    for (const router of this.#routers) router.workerClosed();
    this.#routers.clear();
    for (const webRtcServer of this.#webRtcServers) webRtcServer.workerClosed();
    this.#webRtcServers.clear();
  }

  #assertOpen(): void {
    if (this.#workers.length === 0) throw new WorkerClosedError("WorkerPool closed");
  }
}

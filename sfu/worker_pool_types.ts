/** The worker pool: rooms larger than a core. Beyond mediasoup. */

import type { AppData } from "./common_types.ts";
import type { EnhancedEventEmitter } from "./emitter.ts";
import type { Router, RouterOptions } from "./router_types.ts";
import type { WebRtcServer, WebRtcServerOptions } from "./web_rtc_server_types.ts";
import type {
  Worker,
  WorkerResourceUsage,
  WorkerSettings,
  WorkerUpdateableSettings,
} from "./worker_types.ts";

export type WorkerPoolSettings<WorkerPoolAppData extends AppData = AppData> =
  & WorkerSettings<WorkerPoolAppData>
  & {
    /** How many workers, 1 to 64. Default: as many as the machine has cores for this process. */
    workers?: number;
  };

export type WorkerPoolEvents = {
  /**
   * A worker of the pool ended without being asked to. Its transports closed with `routerclose`; the
   * routers and the transports on other workers go on, and new transports go there.
   */
  workerdied: [Worker, Error];
  /** The last worker did: the pool is closed. */
  died: [Error];
};

export type WorkerPoolObserver = EnhancedEventEmitter<WorkerPoolObserverEvents>;

export type WorkerPoolObserverEvents = {
  close: [];
  newrouter: [Router];
  newwebrtcserver: [WebRtcServer];
};

export interface WorkerPool<WorkerPoolAppData extends AppData = AppData>
  extends EnhancedEventEmitter<WorkerPoolEvents> {
  /** The workers that are open, a copy. They can be used by themselves too. */
  get workers(): Worker[];
  get closed(): boolean;
  /** Whether every worker ended without being asked to, or the last one did. */
  get died(): boolean;
  get appData(): WorkerPoolAppData;
  set appData(appData: WorkerPoolAppData);
  get observer(): WorkerPoolObserver;
  /** Closes everything in the pool, its workers among it. */
  close(): void;
  /** What all workers that are open have used: sums, but of `ru_maxrss` the largest. */
  getResourceUsage(): Promise<WorkerResourceUsage>;
  /** Of all workers. */
  updateSettings(settings?: WorkerUpdateableSettings<WorkerPoolAppData>): Promise<void>;
  /**
   * Makes a router that spans the pool. It is used like any other: each new transport, whatever its
   * kind, goes to the worker with the least to do (the one in which the fewest transports, producers,
   * consumers, routers and observers live), and whoever consumes or observes a producer of another
   * worker gets it through a pipe within the engine, which lasts as long as it is needed.
   *
   * `workerclose` means that the pool was closed. When one worker dies, its transports alone close,
   * with `routerclose`.
   *
   * @throws TypeError A wrong option. UnsupportedError A codec that is not supported.
   * @throws WorkerClosedError The pool is closed.
   *
   * ```ts
   * const pool = await createWorkerPool({ workers: 4 });
   * const router = await pool.createRouter({ mediaCodecs });
   * ```
   */
  createRouter<RouterAppData extends AppData = AppData>(
    options?: RouterOptions<RouterAppData>,
  ): Promise<Router<RouterAppData>>;
  /**
   * Opens ports that all workers listen on: whichever of them a client's packets reach, the worker of
   * its transport gets them, also when the client's address changes. When a worker dies the others
   * go on listening. For transports of the pool's routers, and of routers of its workers.
   *
   * @throws TypeError A wrong option. WorkerClosedError The pool is closed.
   * @throws Error A port is taken, by whoever it is.
   */
  createWebRtcServer<WebRtcServerAppData extends AppData = AppData>(
    options: WebRtcServerOptions<WebRtcServerAppData>,
  ): Promise<WebRtcServer<WebRtcServerAppData>>;
}

/** The worker pool: rooms larger than a core. Beyond mediasoup. */

import type { AppData } from "./common.ts";
import type { EnhancedEventEmitter } from "../base/emitter.ts";
import type { Router, RouterOptions } from "./router.ts";
import type { WebRtcServer, WebRtcServerOptions } from "./web_rtc_server.ts";
import type {
  Worker,
  WorkerResourceUsage,
  WorkerSettings,
  WorkerUpdateableSettings,
} from "./worker.ts";

/** Settings of `createWorkerPool()`: those of its workers, and how many. */
export type WorkerPoolSettings<WorkerPoolAppData extends AppData = AppData> =
  & WorkerSettings<WorkerPoolAppData>
  & {
    /** How many workers, 1 to 64. Default: as many as the machine has cores for this process. */
    workers?: number;
  };

/** Events of a worker pool. */
export type WorkerPoolEvents = {
  /**
   * A worker of the pool ended without being asked to. Its transports closed with `routerclose`; the
   * routers and the transports on other workers go on, and new transports go there.
   */
  workerdied: [Worker, Error];
  /** The last worker did: the pool is closed. */
  died: [Error];
};

/** The observer of a worker pool. */
export type WorkerPoolObserver = EnhancedEventEmitter<WorkerPoolObserverEvents>;

/** Events of a worker pool's observer. */
export type WorkerPoolObserverEvents = {
  close: [];
  newrouter: [Router];
  newwebrtcserver: [WebRtcServer];
};

/**
 * Workers that share their routers' load. Beyond mediasoup.
 *
 * Once it is closed its methods reject with `WorkerClosedError`.
 */
export interface WorkerPool<WorkerPoolAppData extends AppData = AppData>
  extends EnhancedEventEmitter<WorkerPoolEvents> {
  /** The workers that are open, a copy. They can be used by themselves too. */
  get workers(): Worker[];
  /** Whether the pool is closed, by whatever: then it stays so. */
  get closed(): boolean;
  /** Whether every worker ended without being asked to, or the last one did. */
  get died(): boolean;
  /** What the application keeps with it. */
  get appData(): WorkerPoolAppData;
  /** @throws TypeError What is no object. */
  set appData(appData: WorkerPoolAppData);
  /** Tells of what happens, to those who did not make it happen. */
  get observer(): WorkerPoolObserver;
  /** Closes everything in the pool, its workers among it. */
  close(): void;
  /** What all workers that are open have used: sums, but of `ru_maxrss` the largest. */
  getResourceUsage(): Promise<WorkerResourceUsage>;
  /**
   * Changes what all workers log; what is absent stays.
   *
   * @throws TypeError An unknown level or tag.
   */
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
   * import { createWorkerPool } from "sluice";
   *
   * const pool = await createWorkerPool({ workers: 2 });
   * const router = await pool.createRouter({
   *   mediaCodecs: [{ kind: "audio", mimeType: "audio/opus", clockRate: 48000, channels: 2 }],
   * });
   * pool.close();
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

/** The worker pool, for rooms that need more than one core. mediasoup has no pools. */

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

/** Settings of `createWorkerPool()`: those of its workers, and their number. */
export type WorkerPoolSettings<WorkerPoolAppData extends AppData = AppData> =
  & WorkerSettings<WorkerPoolAppData>
  & {
    /** How many workers, 1 to 64. Default: as many as the machine has cores for this process. */
    workers?: number;
  };

/** Events of a worker pool. */
export type WorkerPoolEvents = {
  /**
   * A worker of the pool ended without being asked to. Its transports closed with `routerclose`. Routers,
   * and transports on other workers, continue; new transports go to those workers.
   */
  workerdied: [Worker, Error];
  /** The last worker ended without being asked to: the pool is closed. */
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
 * Workers that share the load of their routers. mediasoup has no pools.
 *
 * Once it is closed, its methods reject with `WorkerClosedError`.
 */
export interface WorkerPool<WorkerPoolAppData extends AppData = AppData>
  extends EnhancedEventEmitter<WorkerPoolEvents> {
  /** The open workers, as a copy. They can also be used directly. */
  get workers(): Worker[];
  /** Whether the pool is closed, for whatever reason. It cannot be opened again. */
  get closed(): boolean;
  /** Whether the pool closed because its last worker ended without being asked to. */
  get died(): boolean;
  /** Data of the application. */
  get appData(): WorkerPoolAppData;
  /** @throws TypeError Not an object. */
  set appData(appData: WorkerPoolAppData);
  /** Emits events for observers other than the owner, such as monitoring code. */
  get observer(): WorkerPoolObserver;
  /** Closes everything in the pool, including its workers. */
  close(): void;
  /** The resources that all open workers have used: sums, except for `ru_maxrss`, the maximum. */
  getResourceUsage(): Promise<WorkerResourceUsage>;
  /**
   * Changes what all workers log; absent settings stay as they are.
   *
   * @throws TypeError An unknown level, or a tag that is not a string.
   */
  updateSettings(settings?: WorkerUpdateableSettings<WorkerPoolAppData>): Promise<void>;
  /**
   * Makes a router that spans the pool. It is used like any other: each new transport goes to the least
   * loaded worker (the one with the fewest transports, producers, consumers, routers and observers). A
   * producer that is consumed or observed on another worker gets there through a pipe within the engine,
   * which exists as long as it is needed.
   *
   * `workerclose` means that the pool was closed. If one worker dies, only its transports close, with
   * `routerclose`.
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
   * Opens ports that all workers listen on. A client's packets reach the worker of its transport, whichever
   * worker receives them first and even if the client's address changes. If a worker dies, the others
   * still listen. For transports of the pool's routers, and of routers of its workers.
   *
   * @throws TypeError A wrong option. WorkerClosedError The pool is closed.
   * @throws Error A port is taken.
   */
  createWebRtcServer<WebRtcServerAppData extends AppData = AppData>(
    options: WebRtcServerOptions<WebRtcServerAppData>,
  ): Promise<WebRtcServer<WebRtcServerAppData>>;
}

/** The package's main module: functions, constants, and the namespaces of the other modules. */
import { libraryPaths } from "../ffi/library_path.ts";
import metadata from "../package.json" with { type: "json" };
import type { AppData } from "./api/common.ts";
import { EnhancedEventEmitter } from "./base/emitter.ts";
import type { Observer, ObserverEvents } from "./api/index.ts";
import { Logger } from "./base/logger.ts";
import type { RouterRtpCapabilities } from "./api/rtp_parameters.ts";
import { supportedRtpCapabilities } from "./router/supported_rtp_capabilities.ts";
import * as utils from "./base/utils.ts";
import { WorkerImpl } from "./worker/worker.ts";
import { WorkerPoolImpl } from "./pool/worker_pool.ts";
import type { WorkerPool, WorkerPoolSettings } from "./api/worker_pool.ts";
import type { Worker, WorkerSettings } from "./api/worker.ts";

/** The errors that applications tell apart. */
export * as errors from "./errors.ts";
/** The event emitter of all entities, for applications that make their own. */
export * as extras from "./extras.ts";
export { setLogEventListeners } from "./base/logger.ts";
/** The rules that decide who can receive what. */
export * as ortc from "./ortc.ts";
export { parseScalabilityMode } from "./media/scalability_modes.ts";
/** All types of the API. */
export type * as types from "./types.ts";

const logger = new Logger();

/** This module's version, as in its package.json. */
export const version: string = metadata.version;

/** Where the engine's library is looked for first. It is opened by the first `createWorker()`. */
export const workerBin: string = libraryPaths()[0] ?? "";

/** Emits `newworker` with every worker that was made. */
export const observer: Observer = new EnhancedEventEmitter<ObserverEvents>();

/**
 * Starts a worker: an engine thread with its own event loop, sockets and memory. Make about one per
 * core that media may use. An open worker keeps the process alive.
 *
 * @param settings See {@linkcode WorkerSettings}; all of them have defaults.
 * @throws TypeError A wrong setting; the text names it.
 * @throws Error The engine's library is not found, or the thread cannot be started.
 */
export async function createWorker<Data extends AppData = AppData>(
  settings: WorkerSettings<Data> = {},
): Promise<Worker<Data>> {
  logger.debug("createWorker()");
  const worker = new WorkerImpl<Data>(settings);
  observer.safeEmit("newworker", worker as Worker);
  return worker;
}

/**
 * Starts workers that act as one: a router of the pool spreads its transports over them, so that a
 * room may need more than one core. An open pool keeps the process alive. mediasoup has no pools.
 *
 * @param settings See {@linkcode WorkerPoolSettings}; the settings of a worker apply to each of them.
 * @throws TypeError A wrong setting; the text names it.
 * @throws Error The engine's library is not found, or a thread cannot be started.
 */
export async function createWorkerPool<Data extends AppData = AppData>(
  settings: WorkerPoolSettings<Data> = {},
): Promise<WorkerPool<Data>> {
  logger.debug("createWorkerPool()");
  const pool = new WorkerPoolImpl<Data>(settings);
  for (const worker of pool.workers) observer.safeEmit("newworker", worker);
  return pool;
}

/** All codecs and header extensions that a router can have, as a copy that the caller may change. */
export function getSupportedRtpCapabilities(): RouterRtpCapabilities {
  return utils.clone(supportedRtpCapabilities);
}

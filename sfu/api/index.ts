/** The functions and constants of the module itself. */

import type { AppData } from "./common.ts";
import type { EnhancedEventEmitter } from "../base/emitter.ts";
import type { RouterRtpCapabilities } from "./rtp_parameters.ts";
import type { ScalabilityMode } from "./scalability_modes.ts";
import type { Worker, WorkerSettings } from "./worker.ts";

/** Events of the module's observer. */
export type ObserverEvents = { newworker: [Worker] };

/** The observer of the module, which reports new workers. */
export type Observer = EnhancedEventEmitter<ObserverEvents>;

/** Where log lines go. A missing function drops them. */
export type LogEventListeners = {
  ondebug?: (namespace: string, log: string) => void;
  onwarn?: (namespace: string, log: string) => void;
  onerror?: (namespace: string, log: string, error?: Error) => void;
};

/** The module, for applications that pass it around. */
export interface Index {
  /** The version of this package. */
  version: string;
  /** Reports new workers. */
  observer: EnhancedEventEmitter<ObserverEvents>;
  /** Path of the engine: here a shared library, not a program. */
  workerBin: string;
  /** See the function of that name. */
  setLogEventListeners: (listeners?: LogEventListeners) => void;
  /** See the function of that name. */
  createWorker: <WorkerAppData extends AppData = AppData>(
    options?: WorkerSettings<WorkerAppData>,
  ) => Promise<Worker<WorkerAppData>>;
  /** See the function of that name. */
  getSupportedRtpCapabilities: () => RouterRtpCapabilities;
  /** See the function of that name. */
  parseScalabilityMode: (scalabilityMode?: string) => ScalabilityMode;
}

/** What the module itself offers. */

import type { AppData } from "./common_types.ts";
import type { EnhancedEventEmitter } from "./emitter.ts";
import type { RouterRtpCapabilities } from "./rtp_parameters_types.ts";
import type { ScalabilityMode } from "./scalability_modes_types.ts";
import type { Worker, WorkerSettings } from "./worker_types.ts";

export type ObserverEvents = { newworker: [Worker] };

export type Observer = EnhancedEventEmitter<ObserverEvents>;

/** Where log lines go. A missing function drops them. */
export type LogEventListeners = {
  ondebug?: (namespace: string, log: string) => void;
  onwarn?: (namespace: string, log: string) => void;
  onerror?: (namespace: string, log: string, error?: Error) => void;
};

/** The module, for applications that pass it around. */
export interface Index {
  version: string;
  observer: EnhancedEventEmitter<ObserverEvents>;
  /** Path of the engine: here a shared library, not a program. */
  workerBin: string;
  setLogEventListeners: (listeners?: LogEventListeners) => void;
  createWorker: <WorkerAppData extends AppData = AppData>(
    options?: WorkerSettings<WorkerAppData>,
  ) => Promise<Worker<WorkerAppData>>;
  getSupportedRtpCapabilities: () => RouterRtpCapabilities;
  parseScalabilityMode: (scalabilityMode?: string) => ScalabilityMode;
}

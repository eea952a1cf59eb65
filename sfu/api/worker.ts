/** The worker: one engine thread with its sockets, routers and memory. */

import type { AppData } from "./common.ts";
import type { EnhancedEventEmitter } from "../base/emitter.ts";
import type { Router, RouterOptions } from "./router.ts";
import type { WebRtcServer, WebRtcServerOptions } from "./web_rtc_server.ts";

/** The lowest level that the engine logs. */
export type WorkerLogLevel = "debug" | "warn" | "error" | "none";

/** A part of the engine whose debug logs can be turned on. */
export type WorkerLogTag =
  | "info"
  | "ice"
  | "dtls"
  | "rtp"
  | "srtp"
  | "rtcp"
  | "rtx"
  | "bwe"
  | "score"
  | "simulcast"
  | "svc"
  | "sctp"
  | "message";

/** Settings of `createWorker()`. */
export type WorkerSettings<WorkerAppData extends AppData = AppData> = {
  /** The lowest level to log. Default `"error"`. */
  logLevel?: WorkerLogLevel;
  /** The parts of the engine that write debug logs. Default none. */
  logTags?: WorkerLogTag[];
  /**
   * Lowest port; 0 means the default, 10000.
   *
   * @deprecated Give each listen info its own `portRange`.
   */
  rtcMinPort?: number;
  /**
   * Highest port; 0 means the default, 59999.
   *
   * @deprecated Give each listen info its own `portRange`.
   */
  rtcMaxPort?: number;
  /** Path of the DTLS certificate (PEM). Default: one is made at start. */
  dtlsCertificateFile?: string;
  /** Path of the certificate's private key (PEM). */
  dtlsPrivateKeyFile?: string;
  /** Must name a file, which is not used: the engine is a library, not a program. */
  workerBin?: string;
  /** Ignored: the engine contains no libwebrtc. */
  libwebrtcFieldTrials?: string;
  /** Default `{}`. */
  appData?: WorkerAppData;
};

/** The settings that can be changed while the worker runs. */
export type WorkerUpdateableSettings<T extends AppData = AppData> = Pick<
  WorkerSettings<T>,
  "logLevel" | "logTags"
>;

/** The resources that the worker has used (getrusage(2)). */
export type WorkerResourceUsage = {
  /** CPU time in user mode, milliseconds. */
  ru_utime: number;
  /** CPU time in the kernel, milliseconds. */
  ru_stime: number;
  /** Largest resident set, kilobytes. */
  ru_maxrss: number;
  /** Shared memory (always 0 on Linux, as the four below that end in `ss` or `swap`). */
  ru_ixrss: number;
  /** Unshared data, always 0. */
  ru_idrss: number;
  /** Unshared stack, always 0. */
  ru_isrss: number;
  /** Page faults served without I/O. */
  ru_minflt: number;
  /** Page faults that needed I/O. */
  ru_majflt: number;
  /** Swaps. */
  ru_nswap: number;
  /** Reads by the file system. */
  ru_inblock: number;
  /** Writes by the file system. */
  ru_oublock: number;
  /** IPC messages sent. */
  ru_msgsnd: number;
  /** IPC messages received. */
  ru_msgrcv: number;
  /** Signals. */
  ru_nsignals: number;
  /** Times the thread waited. */
  ru_nvcsw: number;
  /** Times the thread was interrupted. */
  ru_nivcsw: number;
};

/** The result of a worker's `dump()`. */
export type WorkerDump = {
  pid: number;
  webRtcServerIds: string[];
  routerIds: string[];
  channelMessageHandlers: {
    channelRequestHandlers: string[];
    channelNotificationHandlers: string[];
  };
  /** Counters since the worker started, including every kind of dropped packet. */
  counters: Record<string, number>;
  /** How many send calls had 1, 2, 3-4, 5-8, 9-16, 17-32, 33-64 datagrams. */
  sendGroupSizes: number[];
};

/** Events of a worker. */
export type WorkerEvents = {
  /** The engine thread ended without being asked to. */
  died: [Error];
  /** The engine thread is gone, after `close()` or after `died`. */
  subprocessclose: [];
  "@success": [];
  "@failure": [Error];
  "@closing": [];
};

/** The observer of a worker. */
export type WorkerObserver = EnhancedEventEmitter<WorkerObserverEvents>;

/** Events of a worker's observer. */
export type WorkerObserverEvents = {
  close: [];
  newwebrtcserver: [WebRtcServer];
  newrouter: [Router];
};

/**
 * A thread of the engine, with its sockets, routers and memory.
 *
 * Once it is closed, its methods reject with `WorkerClosedError`.
 */
export interface Worker<WorkerAppData extends AppData = AppData>
  extends EnhancedEventEmitter<WorkerEvents> {
  /**
   * The process id of the host, since the engine runs inside it. Every worker has the same one: do not
   * kill it, and do not add up what tools such as `ps` report for it.
   */
  get pid(): number;
  /** Whether the worker is closed, for whatever reason. It cannot be opened again. */
  get closed(): boolean;
  /** Whether the engine thread ended without being asked to. */
  get died(): boolean;
  /** Whether the engine thread is gone. */
  get subprocessClosed(): boolean;
  /** Data of the application. */
  get appData(): WorkerAppData;
  /** @throws TypeError Not an object. */
  set appData(appData: WorkerAppData);
  /** Emits events for observers other than the owner, such as monitoring code. */
  get observer(): WorkerObserver;
  /** Closes everything in the worker, then the worker. */
  close(): void;
  /**
   * The engine's view of the worker, for debugging. Rejects if the worker is closed.
   */
  dump(): Promise<WorkerDump>;
  /** The resources that the worker's thread has used so far. */
  getResourceUsage(): Promise<WorkerResourceUsage>;
  /**
   * Changes what the engine logs; absent settings stay as they are.
   *
   * @throws TypeError An unknown level, or a tag that is not a string.
   */
  updateSettings(options?: WorkerUpdateableSettings<WorkerAppData>): Promise<void>;
  /**
   * Opens ports for many WebRTC transports.
   *
   * @throws TypeError A wrong option; the text names it.
   * @throws Error A port is taken.
   */
  createWebRtcServer<WebRtcServerAppData extends AppData = AppData>(
    options: WebRtcServerOptions<WebRtcServerAppData>,
  ): Promise<WebRtcServer<WebRtcServerAppData>>;
  /**
   * Makes a router.
   *
   * @throws TypeError A wrong option; the text names it.
   * @throws UnsupportedError A codec that we do not support.
   */
  createRouter<RouterAppData extends AppData = AppData>(
    options?: RouterOptions<RouterAppData>,
  ): Promise<Router<RouterAppData>>;
}

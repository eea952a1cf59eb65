/** From the settings of `createWorker()` to what the engine starts with. */
import type { EngineWorkerOptions } from "../../ffi/engine_worker.ts";
import * as check from "../base/check.ts";
import type { WorkerLogLevel, WorkerLogTag, WorkerSettings } from "../api/worker.ts";

const logLevels: readonly WorkerLogLevel[] = ["debug", "warn", "error", "none"];

const logTags: readonly WorkerLogTag[] = [
  "info",
  "ice",
  "dtls",
  "rtp",
  "srtp",
  "rtcp",
  "rtx",
  "bwe",
  "score",
  "simulcast",
  "svc",
  "sctp",
  "message",
];

/** What `updateSettings()` can change. */
export interface LogSettings {
  logLevel?: WorkerLogLevel;
  logTags?: WorkerLogTag[];
}

/** @throws TypeError Naming the setting. */
export function toLogSettings(settings: LogSettings): LogSettings {
  const result: LogSettings = {};
  if (settings.logLevel !== undefined) {
    result.logLevel = check.oneOf(settings.logLevel, "logLevel", logLevels);
  }
  if (settings.logTags !== undefined) {
    result.logTags = check.array(settings.logTags, "logTags")
      .map((tag, index) => check.oneOf(tag, `logTags[${index}]`, logTags));
  }
  return result;
}

/** @throws TypeError Naming the setting. */
export function toEngineOptions(settings: WorkerSettings): EngineWorkerOptions {
  const { rtcMinPort = 10_000, rtcMaxPort = 59_999 } = settings;
  check.integer(rtcMinPort, "rtcMinPort", 1, check.portMax);
  check.integer(rtcMaxPort, "rtcMaxPort", 1, check.portMax);
  if (rtcMinPort > rtcMaxPort) {
    throw new TypeError("rtcMinPort must not be greater than rtcMaxPort");
  }
  // Taken for compatibility, and looked at for nothing else.
  path(settings.workerBin, "workerBin");
  path(settings.libwebrtcFieldTrials, "libwebrtcFieldTrials");
  const dtlsCertificateFile = path(settings.dtlsCertificateFile, "dtlsCertificateFile");
  const dtlsPrivateKeyFile = path(settings.dtlsPrivateKeyFile, "dtlsPrivateKeyFile");
  if ((dtlsCertificateFile === undefined) !== (dtlsPrivateKeyFile === undefined)) {
    throw new TypeError("dtlsCertificateFile and dtlsPrivateKeyFile must be given together");
  }
  return {
    logLevel: "error",
    ...toLogSettings(settings),
    rtcMinPort,
    rtcMaxPort,
    ...(dtlsCertificateFile && { dtlsCertificateFile, dtlsPrivateKeyFile }),
  };
}

/** An empty string is none, as in mediasoup. */
function path(value: string | undefined, name: string): string | undefined {
  if (value !== undefined && typeof value !== "string") {
    throw new TypeError(`if given, ${name} must be a string`);
  }
  if (value?.includes("\0") || value?.isWellFormed() === false) {
    throw new TypeError(`${name} is no path: it has a NUL or half a character`);
  }
  return value || undefined;
}

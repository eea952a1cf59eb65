/** From the settings of `createWorker()` to the options that the engine starts with. */
import { statSync } from "node:fs";
import type { EngineWorkerOptions } from "../../ffi/engine_worker.ts";
import * as check from "../base/check.ts";
import { Logger } from "../base/logger.ts";
import type { WorkerLogLevel, WorkerLogTag, WorkerSettings } from "../api/worker.ts";

const logger = new Logger("Worker");

/** The defaults of `rtcMinPort` and `rtcMaxPort`, as in mediasoup. */
const minPortDefault = 10_000;
const maxPortDefault = 59_999;

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

/** The settings that `updateSettings()` can change. */
export interface LogSettings {
  logLevel?: WorkerLogLevel;
  logTags?: WorkerLogTag[];
}

/**
 * As in mediasoup, an empty level counts as absent, case does not matter, and unknown tags have no
 * effect.
 *
 * @throws TypeError Naming the setting.
 */
export function toLogSettings({ logLevel, logTags }: LogSettings): LogSettings {
  const result: LogSettings = {};
  const level = typeof logLevel === "string" ? logLevel.toLowerCase() as WorkerLogLevel : logLevel;
  if (level !== undefined && (level as string) !== "") {
    result.logLevel = check.oneOf(level, "logLevel", logLevels);
  }
  if (logTags !== undefined) result.logTags = knownTags(check.array(logTags, "logTags"));
  return result;
}

function knownTags(given: readonly WorkerLogTag[]): WorkerLogTag[] {
  return given.filter((tag, index) => {
    if (typeof tag !== "string") throw new TypeError(`logTags[${index}] must be a string`);
    if (logTags.includes(tag)) return true;
    if ((tag as string) !== "") logger.warn(`ignoring unknown log tag "${check.shown(tag)}"`);
    return false;
  });
}

/** @throws TypeError Naming the setting. Error There is no such file. */
export function toEngineOptions(settings: WorkerSettings): EngineWorkerOptions {
  checkWorkerBin(path(settings.workerBin, "workerBin"));
  path(settings.libwebrtcFieldTrials, "libwebrtcFieldTrials"); // Nothing here reads them.
  const dtlsCertificateFile = path(settings.dtlsCertificateFile, "dtlsCertificateFile");
  const dtlsPrivateKeyFile = path(settings.dtlsPrivateKeyFile, "dtlsPrivateKeyFile");
  if ((dtlsCertificateFile === undefined) !== (dtlsPrivateKeyFile === undefined)) {
    throw new TypeError("dtlsCertificateFile and dtlsPrivateKeyFile must be given together");
  }
  return {
    logLevel: "error",
    ...toLogSettings(settings),
    ...toPortRange(settings),
    ...(dtlsCertificateFile && { dtlsCertificateFile, dtlsPrivateKeyFile }),
  };
}

/** 0 means "not given". A default never exceeds a maximum that is given. */
function toPortRange(settings: WorkerSettings): { rtcMinPort: number; rtcMaxPort: number } {
  const port = (value: number | undefined, name: string): number =>
    check.optionalCount(value, name, 0, check.portMax) || 0;
  const rtcMaxPort = port(settings.rtcMaxPort, "rtcMaxPort") || maxPortDefault;
  const rtcMinPort = port(settings.rtcMinPort, "rtcMinPort") ||
    Math.min(minPortDefault, rtcMaxPort);
  if (rtcMinPort > rtcMaxPort) {
    throw new TypeError("rtcMinPort must not be greater than rtcMaxPort");
  }
  return { rtcMinPort, rtcMaxPort };
}

/**
 * The engine is a library, so the file is not used. If it is missing, mediasoup would fail to start its
 * program, and so do we.
 */
function checkWorkerBin(file: string | undefined): void {
  if (file === undefined) return;
  let isFile: boolean;
  try {
    isFile = statSync(file).isFile();
  } catch (cause) {
    const { code } = cause as { code?: string };
    // Without permission to read, the file may still exist.
    if (code !== "ENOENT" && code !== "ENOTDIR") return;
    throw new Error(`workerBin "${check.shown(file)}" does not exist`, { cause });
  }
  if (!isFile) throw new Error(`workerBin "${check.shown(file)}" is not a file`);
}

/** As in mediasoup, an empty string counts as absent. */
function path(value: string | undefined, name: string): string | undefined {
  if (value !== undefined && typeof value !== "string") {
    throw new TypeError(`if given, ${name} must be a string`);
  }
  if (value?.includes("\0") || value?.isWellFormed() === false) {
    throw new TypeError(`${name} must not contain NUL or a lone surrogate`);
  }
  return value || undefined;
}

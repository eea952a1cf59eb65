/**
 * Logs of the object model. Namespaces are `sluice[:WARN|:ERROR]:<Class>`. As in mediasoup they are
 * printed to stderr if the environment variable `DEBUG` (or `debug.enable()`) names them, and always
 * reach the callbacks given to {@linkcode setLogEventListeners}.
 */
import createDebug from "debug";
import type { LogEventListeners } from "../api/index.ts";

const appName = "sluice";

let listeners: LogEventListeners = {};

/**
 * Sends every log of this module to callbacks as well: `ondebug(namespace, log)`,
 * `onwarn(namespace, log)` and `onerror(namespace, log, error?)`. Replaces the callbacks given before.
 *
 * A callback that throws is ignored: a log must not change what the program does.
 *
 * @param given The callbacks; none, or `undefined` in place of one, removes it.
 * @throws TypeError A callback that is not a function.
 */
export function setLogEventListeners(given: LogEventListeners = {}): void {
  if (given === null || typeof given !== "object") {
    throw new TypeError("listeners must be an object");
  }
  for (const name of ["ondebug", "onwarn", "onerror"] as const) {
    if (given[name] !== undefined && typeof given[name] !== "function") {
      throw new TypeError(`if given, ${name} must be a function`);
    }
  }
  listeners = { ...given };
}

/** One logger per class. Callers build costly texts only when {@linkcode debugging}. */
export class Logger {
  readonly #debug: createDebug.Debugger;
  readonly #warn: createDebug.Debugger;
  readonly #error: createDebug.Debugger;

  /** @param prefix The class name; without it the namespace is just `sluice`. */
  constructor(readonly prefix?: string) {
    const suffix = prefix === undefined ? "" : `:${prefix}`;
    this.#debug = createDebug(`${appName}${suffix}`);
    this.#warn = createDebug(`${appName}:WARN${suffix}`);
    this.#error = createDebug(`${appName}:ERROR${suffix}`);
  }

  /** Whether a debug log would reach anybody. */
  get debugging(): boolean {
    return listeners.ondebug !== undefined || this.#debug.enabled;
  }

  debug(log: string): void {
    if (this.#debug.enabled) this.#debug(log);
    if (listeners.ondebug) guarded(() => listeners.ondebug?.(this.#debug.namespace, log));
  }

  warn(log: string): void {
    if (this.#warn.enabled) this.#warn(log);
    if (listeners.onwarn) guarded(() => listeners.onwarn?.(this.#warn.namespace, log));
  }

  error(log: string, error?: Error): void {
    if (this.#error.enabled) error ? this.#error(log, error) : this.#error(log);
    if (listeners.onerror) guarded(() => listeners.onerror?.(this.#error.namespace, log, error));
  }
}

function guarded(callback: () => void): void {
  try {
    callback();
  } catch {
    // The log still reaches stderr if it is enabled there; nobody else is left to tell.
  }
}

/**
 * Sends the commands of one worker and maps the engine's errors to those of the API; routes events to
 * their objects. Only this file and the objects themselves know the engine's numeric ids.
 */
import type { Buffer } from "node:buffer";
import {
  DirectType,
  EngineError,
  EngineWorker,
  EventType,
  Method,
  Status,
} from "../../ffi/engine_worker.ts";
import type { DirectWriter } from "../../ffi/direct_ring.ts";
import type { EngineWorkerOptions } from "../../ffi/engine_worker.ts";
import { NotFoundError, UnsupportedError, WorkerClosedError } from "./errors.ts";
import { Logger } from "./logger.ts";

export { DirectType, EventType, Method };

const logger = new Logger("Worker");

/** An object that the engine knows by a number and the API by a UUID. */
export interface EngineObject {
  readonly id: string;
  /** `type` is one of `EventType`; the payload has the shape that `sluice.h` gives for it. */
  handleEngineEvent(type: number, payload: unknown): void;
  /** Consecutive packets or messages; `type` is one of `DirectType`. */
  handleDirect?(type: number, payloads: Buffer[], extras: number[]): void;
}

/** A number drawn for a request is in use, or was in use; another draw will help. */
export class TakenError extends Error {}

/** Turns an error of the engine into the one that the API promises. */
export function toApiError(error: unknown): unknown {
  if (!(error instanceof EngineError)) return error;
  switch (error.status) {
    case Status.ERR_INVALID:
      return new TypeError(error.message);
    case Status.ERR_NOT_FOUND:
      return new NotFoundError(error.message);
    case Status.ERR_CLOSED:
      return new WorkerClosedError(error.message);
    case Status.ERR_UNSUPPORTED:
      return new UnsupportedError(error.message);
    case Status.ERR_TAKEN:
      return new TakenError(error.message);
    default:
      return new Error(error.message);
  }
}

/** Owned by one Worker; every object of the worker holds a reference. */
export class EngineClient {
  readonly #engine: EngineWorker;
  readonly #objects = new Map<number, EngineObject>();
  #direct?: DirectWriter;
  #closed = false;

  /**
   * Starts the engine's worker.
   *
   * @param onDied Called once if the engine's thread ends by itself.
   * @throws TypeError A setting that the engine refuses.
   * @throws Error The library or the thread cannot be started; the text says what to do.
   */
  constructor(options: EngineWorkerOptions, onDied: (reason: string) => void) {
    try {
      this.#engine = EngineWorker.create(options);
    } catch (error) {
      throw toApiError(error);
    }
    this.#engine.onEvent((type, target, payload) => {
      if (type === EventType.LOG) log(payload as EngineLog);
      else if (type === EventType.WORKER_DIED) onDied((payload as { reason: string }).reason);
      else this.#objects.get(target)?.handleEngineEvent(type, payload);
    });
  }

  /** Whether commands are refused. */
  get closed(): boolean {
    return this.#closed;
  }

  /** @throws WorkerClosedError Commands are refused. */
  assertOpen(): void {
    if (this.#closed) throw new WorkerClosedError("Worker closed");
  }

  /** How many objects live in the worker. */
  get size(): number {
    return this.#objects.size;
  }

  /** UUIDs of everything that lives in the worker, in the order of creation. */
  get ids(): string[] {
    return Array.from(this.#objects.values(), (object) => object.id);
  }

  /**
   * Runs a command and returns its answer.
   *
   * @throws TypeError | NotFoundError | WorkerClosedError | UnsupportedError | Error
   */
  call<T>(method: number, target: number, request?: object): T {
    if (this.#closed) {
      throw new WorkerClosedError(`Worker closed, cannot send request [method:${nameOf(method)}]`);
    }
    try {
      return this.#engine.call(method, target, request) as T;
    } catch (error) {
      throw toApiError(error);
    }
  }

  /** Runs a command that closes `target`. It is no error if the target is already gone. */
  release(method: number, target: number): void {
    if (this.#closed) return;
    try {
      this.#engine.call(method, target);
    } catch (error) {
      if (logger.debugging) logger.debug(`release() | ${nameOf(method)}: ${error}`);
    }
  }

  /** Opens the rings for packets and messages. A direct transport must have been made before. */
  openDirect(): void {
    this.#direct = this.#engine.direct((type, target, payloads, extras) => {
      this.#objects.get(target)?.handleDirect?.(type, payloads, extras);
    }).writer;
  }

  /**
   * Gives the engine a packet or a message, which is copied.
   *
   * @param type One of `DirectType`.
   * @param prefix Bytes that the type needs before `payload`.
   * @returns Whether the engine will get it: false if the worker is closed or has died.
   */
  writeDirect(
    type: number,
    target: number,
    extra: number,
    payload: Uint8Array,
    prefix?: Uint8Array,
  ): boolean {
    if (this.#closed || this.#direct === undefined) return false;
    return this.#direct.write(type, target, extra, payload, prefix);
  }

  /** From now on, events for `engineId` reach `object`. */
  add(engineId: number, object: EngineObject): void {
    this.#objects.set(engineId, object);
  }

  /** Drops the events for `engineId` that are still on their way. */
  delete(engineId: number): void {
    this.#objects.delete(engineId);
  }

  /** The UUID for an engine's id in a dump; empty if the object is gone. */
  idOf(engineId: number): string {
    return this.#objects.get(engineId)?.id ?? "";
  }

  /** Refuses commands from now on. The engine runs on until {@linkcode close}. */
  shut(): void {
    this.#closed = true;
  }

  /** Stops the engine's worker; its thread and sockets are gone when this returns. */
  close(): void {
    this.#closed = true;
    this.#objects.clear();
    this.#engine.close();
  }
}

interface EngineLog {
  level: "debug" | "warn" | "error";
  tag?: string;
  text: string;
}

function log({ level, tag, text }: EngineLog): void {
  logger[level](tag ? `(${tag}) ${text}` : text);
}

function nameOf(method: number): string {
  const found = Object.entries(Method).find(([, value]) => value === method);
  return found ? found[0] : String(method);
}

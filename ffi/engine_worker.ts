/**
 * A worker of the engine: calls go in, events come out.
 *
 * Calls are synchronous and take about ten microseconds. Events arrive through a ring in native memory;
 * the engine rings a doorbell if the reader sleeps. All of it belongs to the JavaScript thread that made
 * the worker.
 */

import { DirectType, EventType, Method, Ring, Status } from "./abi.ts";
import { call, create, errorFor } from "./calls.ts";
import { DirectPort } from "./direct_port.ts";
import type { DirectListener } from "./direct_ring.ts";
import { type Doorbell, type DoorbellKind, openDoorbell } from "./doorbell.ts";
import { EngineError } from "./engine_error.ts";
import { noteClosed, noteOpened } from "./hot_reload.ts";
import { engineLibrary } from "./load.ts";
import { RingReader } from "./ring.ts";

export { DirectType, EngineError, EventType, Method, Status };

/** How many records are delivered before timers and I/O get a turn. */
const DRAIN_BUDGET = 1024;

/** Options of a worker. The engine checks the values and has the defaults. */
export interface EngineWorkerOptions {
  /** Default "error". */
  logLevel?: "debug" | "warn" | "error" | "none";
  /** Topics of debug logs; default none. */
  logTags?: readonly string[];
  /** Lowest port for media; default 10000. */
  rtcMinPort?: number;
  /** Highest port for media; default 59999. */
  rtcMaxPort?: number;
  /** Path of a PEM file. By default the worker makes a certificate. */
  dtlsCertificateFile?: string;
  /** Path of a PEM file. Required with `dtlsCertificateFile`. */
  dtlsPrivateKeyFile?: string;
  /** Size of the event ring: a power of two, 65,536 or more; default 1,048,576. */
  ringBytes?: number;
  /** Size of each of the two rings of direct transports; default 4,194,304. */
  directRingBytes?: number;
}

/**
 * Receives every event of a worker.
 *
 * @param type One of `EventType`.
 * @param target The id of the object that it is about; 0 for the worker itself.
 * @param payload The event's JSON, parsed; `sluice.h` gives its shape at the type.
 */
export type EngineEventListener = (type: number, target: number, payload: unknown) => void;

/** A running worker. It keeps the process alive until it is closed or unreferenced. */
export class EngineWorker {
  readonly #handle: number;
  readonly #reader: RingReader;
  readonly #doorbell: Doorbell;
  readonly #decoder = new TextDecoder();
  readonly #listeners: EngineEventListener[] = [];
  #direct?: DirectPort;
  /** Events before this index are delivered after the packets and messages that came before them. */
  #eventsUntil?: number;
  #scheduled = false;
  #draining = false;
  #closed = false;

  /**
   * Starts a worker.
   *
   * @param doorbell How the engine wakes this thread: by default a Node-API function, or a socket if that
   * cannot be loaded.
   * @throws {EngineError} If an option is wrong or the worker cannot start.
   * @throws {Error} If the library cannot be loaded; the text says what to do.
   */
  static create(options: EngineWorkerOptions = {}, doorbell?: DoorbellKind): EngineWorker {
    const handle = create(options);
    try {
      return new EngineWorker(handle, doorbell);
    } catch (error) {
      engineLibrary().functions.sluice_worker_free(handle);
      throw error;
    }
  }

  private constructor(handle: number, doorbell: DoorbellKind | undefined) {
    const library = engineLibrary();
    const bytes = library.functions.sluice_ring_bytes(handle);
    if (bytes < 0) throw errorFor(bytes, "");
    const memory = library.functions.sluice_ring_memory(handle);
    this.#handle = handle;
    this.#reader = new RingReader(library.view(memory, Ring.CONTROL_BYTES + 2 * bytes), bytes);
    this.#doorbell = openDoorbell(library, handle, () => this.#drain(), doorbell);
    this.#schedule();
    noteOpened(this);
  }

  /** Whether {@linkcode close} was called. A worker that died must still be closed. */
  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Runs a command on the worker's thread.
   *
   * @param method One of `Method`.
   * @param target The id of the object that it is for; 0 for the worker itself.
   * @param request The method's JSON; `sluice.h` gives its shape at the method.
   * @returns The answer's JSON, parsed; `undefined` if the method has none.
   * @throws {EngineError} With one of the negative values of `Status`.
   */
  call(method: number, target: number, request?: object): unknown {
    if (this.#closed) throw new EngineError(Status.ERR_CLOSED, "the worker is closed");
    return call(this.#handle, method, target, request);
  }

  /** Adds a listener for every event. Returns a function that removes it. */
  onEvent(listener: EngineEventListener): () => void {
    this.#listeners.push(listener);
    return () => {
      const at = this.#listeners.indexOf(listener);
      if (at >= 0) this.#listeners.splice(at, 1);
    };
  }

  /**
   * The rings of direct transports. ROUTER_CREATE_DIRECT_TRANSPORT must have been called.
   *
   * @param listener Receives their records. Later calls keep the first listener.
   */
  direct(listener: DirectListener): DirectPort {
    if (this.#closed) throw new EngineError(Status.ERR_CLOSED, "the worker is closed");
    // After an exception out of a drain there would be no further drain.
    const guarded: DirectListener = (...batch) => {
      try {
        listener(...batch);
      } catch (error) {
        throwLater(error);
      }
    };
    return this.#direct ??= new DirectPort(this.#handle, guarded);
  }

  /** Lets the worker keep the process alive, which is the default. */
  ref(): void {
    if (!this.#closed) this.#doorbell.ref();
  }

  /** Lets the process end although the worker is open. */
  unref(): void {
    if (!this.#closed) this.#doorbell.unref();
  }

  /**
   * Stops the worker: when this returns, its thread, its sockets and its memory are gone. Undelivered
   * events are dropped.
   */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    noteClosed(this);
    this.#reader.close();
    this.#direct?.close();
    this.#doorbell.close();
    engineLibrary().functions.sluice_worker_free(this.#handle);
  }

  /** Delivers what is in the ring, then arms the doorbell. */
  #drain(): void {
    if (this.#closed || this.#draining || this.#scheduled) return;
    this.#draining = true;
    const { sluice_ring_arm: arm } = engineLibrary().functions;
    let budget = DRAIN_BUDGET;
    let more = true;
    while (more && budget > 0) {
      budget -= this.#drainOnce(budget);
      more = !this.#closed &&
        (this.#reader.hasRecords() || this.#direct?.hasRecords() || arm(this.#handle) === 1);
    }
    this.#draining = false;
    if (more) this.#schedule();
  }

  /** Delivers packets and messages first, up to those that were written before the events. */
  #drainOnce(budget: number): number {
    const direct = this.#direct;
    if (direct === undefined) return this.#reader.drain(budget, this.#deliver);
    this.#eventsUntil ??= this.#reader.head;
    const count = direct.drain(budget);
    if (direct.behind) return count;
    const until = this.#eventsUntil;
    this.#eventsUntil = undefined;
    // Events are few, so exceeding the budget here does no harm.
    return count + this.#reader.drain(DRAIN_BUDGET, this.#deliver, until);
  }

  /** Continues after timers and I/O have had a turn. */
  #schedule(): void {
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#drain();
    });
  }

  readonly #deliver = (type: number, target: number, bytes: Uint8Array): void => {
    let payload: unknown;
    try {
      payload = bytes.length === 0 ? {} : JSON.parse(this.#decoder.decode(bytes));
    } catch (error) {
      return throwLater(error);
    }
    for (const listener of [...this.#listeners]) {
      if (this.#closed) return;
      try {
        listener(type, target, payload);
      } catch (error) {
        throwLater(error);
      }
    }
  };
}

/** Throws in a task of its own, so that other events are still delivered. */
function throwLater(error: unknown): void {
  setImmediate(() => {
    throw error;
  });
}

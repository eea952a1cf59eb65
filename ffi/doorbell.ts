/**
 * The engine wakes this thread, when it sleeps, with a doorbell.
 *
 * `napi`: a Node-API thread-safe function. The library is also a Node-API module and is loaded a second
 * time as one; both share one instance. `socket`: a byte on a stream socket, for hosts that cannot load
 * such modules.
 *
 * A doorbell may ring a few times after it was closed: the listener must tolerate that.
 */

import net from "node:net";
import process from "node:process";

import type { Library } from "./abi.ts";
import { errorFor } from "./calls.ts";

/** The kind of doorbell. */
export type DoorbellKind = "napi" | "socket";

/** An attached doorbell: it keeps the process alive unless it is unreferenced. */
export interface Doorbell {
  readonly kind: DoorbellKind;
  ref(): void;
  unref(): void;
  /** Detaches the doorbell. Afterwards the engine is not ringing it. */
  close(): void;
}

/** The library's exports as a Node-API module. They return `false` for an unknown worker. */
interface DoorbellModule {
  attach(worker: number, callback: () => void): boolean;
  detach(worker: number): boolean;
  ref(worker: number): boolean;
  unref(worker: number): boolean;
}

let napiModule: DoorbellModule | undefined;

/**
 * Attaches the best doorbell that this runtime supports, or the given kind.
 *
 * @param worker The worker's handle.
 * @throws {Error} If `kind` is given and not available.
 */
export function openDoorbell(
  library: Library,
  worker: number,
  listener: () => void,
  kind?: DoorbellKind,
): Doorbell {
  if (kind === "socket") return openSocket(library, worker, listener);
  try {
    napiModule ??= loadModule(library.path);
  } catch (error) {
    if (kind === "napi") throw error;
    return openSocket(library, worker, listener);
  }
  return openNapi(napiModule, worker, listener);
}

function openNapi(bells: DoorbellModule, worker: number, listener: () => void): Doorbell {
  if (!bells.attach(worker, listener)) throw new Error("the doorbell could not be attached");
  return {
    kind: "napi",
    ref: () => void bells.ref(worker),
    unref: () => void bells.unref(worker),
    close: () => void bells.detach(worker),
  };
}

function loadModule(path: string): DoorbellModule {
  const module = { exports: {} as Partial<DoorbellModule> };
  const { dlopen } = process as unknown as { dlopen(module: object, path: string): void };
  dlopen.call(process, module, path);
  const { attach, detach, ref, unref } = module.exports;
  if (!attach || !detach || !ref || !unref) throw new Error(`${path} is not a Node-API module`);
  return { attach, detach, ref, unref };
}

function openSocket(library: Library, worker: number, listener: () => void): Doorbell {
  const fd = library.functions.sluice_ring_doorbell_fd(worker);
  if (fd < 0) throw errorFor(fd, "");
  if ("bun" in process.versions) return openBunSocket(fd, listener);
  const socket = new net.Socket({ fd, readable: true, writable: false });
  socket.on("data", () => listener());
  socket.on("error", () => {});
  return {
    kind: "socket",
    ref: () => void socket.ref(),
    unref: () => void socket.unref(),
    close: () => void socket.destroy(),
  };
}

/** The part of Bun's sockets that this file uses. */
interface BunSocket {
  ref(): void;
  unref(): void;
  terminate(): void;
}
interface BunRuntime {
  connect(options: {
    fd: number;
    socket: { data(): void; error(): void; open(socket: BunSocket): void };
  }): Promise<BunSocket>;
}

/** Bun's `net.Socket` does not accept a descriptor; Bun's own sockets do. */
function openBunSocket(fd: number, listener: () => void): Doorbell {
  const { Bun: bun } = globalThis as unknown as { Bun: BunRuntime };
  let socket: BunSocket | undefined;
  let closed = false;
  let referenced = true;
  const settle = (opened: BunSocket): void => {
    socket = opened;
    if (closed) socket.terminate();
    else if (!referenced) socket.unref();
  };
  const refuse = (): void => {};
  void bun.connect({ fd, socket: { data: listener, error: refuse, open: settle } }).catch(refuse);
  return {
    kind: "socket",
    ref: () => {
      referenced = true;
      socket?.ref();
    },
    unref: () => {
      referenced = false;
      socket?.unref();
    },
    close: () => {
      closed = true;
      socket?.terminate();
    },
  };
}

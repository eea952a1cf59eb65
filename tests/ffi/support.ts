/** What the tests of the seam share: workers that are closed, events to wait for, child processes. */
import { execFile } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { EngineWorker, EventType } from "../../ffi/engine_worker.ts";
import type { EngineWorkerOptions } from "../../ffi/engine_worker.ts";

/** Runs a test with a worker of its own, which is closed whatever happens. */
export function withEngine(
  run: (worker: EngineWorker) => Promise<void> | void,
  options: EngineWorkerOptions = {},
): () => Promise<void> {
  return async () => {
    const worker = EngineWorker.create(options);
    try {
      await run(worker);
    } finally {
      worker.close();
    }
  };
}

/** Resolves with the number of events since the call when `done` holds after an event. */
export function eventsUntil(
  worker: EngineWorker,
  done: (count: number) => boolean,
): Promise<number> {
  return new Promise((resolve) => {
    let count = 0;
    const remove = worker.onEvent(() => {
      count += 1;
      if (!done(count)) return;
      remove();
      resolve(count);
    });
  });
}

/** The number that a WORKER_PING event carries; `undefined` for any other event. */
export function pingNumber(type: number, payload: unknown): number | undefined {
  if (type !== EventType.LOG) return undefined;
  const { tag, text } = payload as { tag?: string; text: string };
  return tag === "ping" ? Number(text) : undefined;
}

/** Lets timers and I/O have a turn. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** How a child process ended. */
export interface Ended {
  code: number | null;
  signal: string | null;
  output: string;
}

/** Runs a file of `children/` on the runtime that this test runs on, and waits for its end. */
export function runChild(name: string, ...args: string[]): Promise<Ended> {
  const file = fileURLToPath(new URL(`children/${name}`, import.meta.url));
  const run = "bun" in process.versions ? ["run", file] : ["run", "-A", "--no-check", file];
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [...run, ...args], { timeout: 30_000 });
    let output = "";
    child.stdout?.on("data", (text) => output += String(text));
    child.stderr?.on("data", (text) => output += String(text));
    child.on("close", (code, signal) => resolve({ code, signal, output }));
  });
}

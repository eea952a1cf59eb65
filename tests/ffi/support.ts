/** What the tests of the seam share: workers that are closed, events to wait for. */
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

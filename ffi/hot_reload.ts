/**
 * `bun --hot` evaluates a changed program again on the same thread, with the same `globalThis`, and tells
 * nobody. The workers of the program before would stay, with their ports: so the evaluation that comes
 * next closes them. Everywhere else this does nothing.
 */

import process from "node:process";

interface Closable {
  close(): void;
}

const isHot = "bun" in process.versions && process.execArgv.includes("--hot");

/** Of this copy of the module: another copy in the process keeps its workers. */
const key = Symbol.for(`sluice, workers of ${import.meta.url.replace(/\?.*/, "")}`);

const open = new Set<Closable>();
if (isHot) {
  const registry = globalThis as unknown as Record<symbol, Set<Closable> | undefined>;
  const before = registry[key];
  registry[key] = open;
  for (const worker of before ?? []) worker.close();
}

/** Notes a worker that the program has made. */
export function noteOpened(worker: Closable): void {
  if (isHot) open.add(worker);
}

/** It is closed. */
export function noteClosed(worker: Closable): void {
  open.delete(worker);
}

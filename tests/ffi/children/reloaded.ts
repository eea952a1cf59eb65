/**
 * Makes two workers and closes none; prints when the process has these two alone. It is loaded again
 * when its file changes.
 */
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

import { EngineWorker } from "../../../ffi/engine_worker.ts";

const generation = 1;

function engineThreads(): number {
  const isEngine = (id: string): boolean => {
    try {
      return readFileSync(`/proc/self/task/${id}/comm`, "utf8").startsWith("sluice-worker");
    } catch {
      return false; // It has ended since it was listed.
    }
  };
  return readdirSync("/proc/self/task").filter(isEngine).length;
}

EngineWorker.create();
EngineWorker.create();
while (engineThreads() !== 2) await delay(10);
console.log(`generation ${generation}: 2 workers`);

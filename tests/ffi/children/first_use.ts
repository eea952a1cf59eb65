/**
 * A process that imports the module (`first_use.ts <url of mod.ts>`), uses what needs no engine, makes a
 * worker, and prints as JSON what was loaded at each step and how the worker was refused, if it was.
 */
import { readFileSync } from "node:fs";
import process from "node:process";

/** The libraries of ours that this process has mapped. */
function loaded(): string[] {
  const maps = readFileSync("/proc/self/maps", "utf8");
  return [...new Set(maps.match(/\/\S*libsluice\S*/g))];
}

const sluice = await import(process.argv[2]) as typeof import("../../../mod.ts");
const capabilities = sluice.getSupportedRtpCapabilities();
sluice.ortc.validateAndNormalizeRtpCapabilities(capabilities);
sluice.parseScalabilityMode("L1T1");
sluice.setLogEventListeners();
sluice.observer.on("newworker", () => {});
const before = loaded();

let refusal: string | undefined;
try {
  (await sluice.createWorker()).close();
} catch (error) {
  refusal = (error as Error).message;
}
console.log(JSON.stringify({ before, after: loaded(), refusal }));

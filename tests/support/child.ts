/** Runs a script in a process of its own, on the runtime that the tests run on. */
import { execFile } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** How a child process ended. */
export interface Ended {
  code: number | null;
  signal: string | null;
  /** What it printed, on either stream. */
  output: string;
}

/** The options of a script, all of them optional. */
export interface ChildOptions {
  args?: string[];
  /** Environment variables, added to those of the tests. */
  env?: Record<string, string>;
  /** A child that has not ended by then is killed. */
  patienceMs?: number;
  /** Flags that only Deno gets. */
  flags?: string[];
}

/** Runs a file and waits for its end. */
export function runChild(
  file: URL,
  { args = [], env = {}, patienceMs = 300_000, flags = [] }: ChildOptions = {},
): Promise<Ended> {
  const run = "bun" in process.versions ? ["run"] : ["run", "-A", "--no-check", ...flags];
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [...run, fileURLToPath(file), ...args], {
      timeout: patienceMs,
      env: { ...process.env, ...env },
    });
    let output = "";
    child.stdout?.on("data", (text) => output += String(text));
    child.stderr?.on("data", (text) => output += String(text));
    child.on("close", (code, signal) => resolve({ code, signal, output }));
  });
}

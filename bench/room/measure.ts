/** CPU time, memory and quantiles, the same on both runtimes. */
import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";

interface WithBun {
  Bun?: { gc(force: boolean): void };
  /** With V8's --expose-gc. */
  gc?: (options: { type: "major"; execution: "sync"; flavor: "last-resort" }) => void;
}

export const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

export function runtimeName(): string {
  const { bun, deno } = process.versions as Record<string, string | undefined>;
  return bun ? `Bun ${bun}` : deno ? `Deno ${deno}` : `Node.js ${process.versions.node}`;
}

/** Of all threads of one name. */
export interface ThreadTime {
  /** Seconds on a processor. */
  ran: number;
  /** Seconds ready to run, while others had the processors. */
  waited: number;
}

/** The threads of a process, by their names. */
export function threadTimes(pid: number): Map<string, ThreadTime> {
  const threads = new Map<string, ThreadTime>();
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    try {
      const folder = `/proc/${pid}/task/${task}`;
      const name = readFileSync(`${folder}/comm`, "utf8").trim();
      const [ran, waited] = readFileSync(`${folder}/schedstat`, "utf8").split(" ").map(Number);
      const before = threads.get(name) ?? { ran: 0, waited: 0 };
      threads.set(name, { ran: before.ran + ran / 1e9, waited: before.waited + waited / 1e9 });
    } catch {
      // The thread has ended meanwhile.
    }
  }
  return threads;
}

/** Seconds of user and system CPU of this process with all its threads, and of `others`. */
export function cpuSeconds(others: number[]): number {
  const { user, system } = process.cpuUsage();
  let seconds = (user + system) / 1e6;
  for (const pid of others) for (const { ran } of threadTimes(pid).values()) seconds += ran;
  return seconds;
}

export interface Memory {
  /**
   * Resident bytes of this process and the others, without the pages of executables and libraries:
   * a page of the runtime's own code that is used for the first time is no part of a consumer.
   */
  rss: number;
  /** Of that, what JavaScript's heap has taken. */
  javaScript: number;
}

/** After garbage was collected. */
export async function memory(others: number[]): Promise<Memory> {
  const host = globalThis as WithBun;
  for (let i = 0; i < 3; ++i) {
    host.Bun?.gc(true);
    // The flavor gives back what is empty, as V8 does by itself when memory is short.
    host.gc?.({ type: "major", execution: "sync", flavor: "last-resort" });
    await sleep(100); // Finalizers run in between.
  }
  const { heapTotal, external } = process.memoryUsage();
  const rss = [process.pid, ...others].reduce((sum, pid) => sum + residentBytes(pid), 0);
  return { rss, javaScript: heapTotal + external };
}

function residentBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return ["RssAnon", "RssShmem"].reduce((sum, name) => {
    const kilobytes = new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status);
    return sum + Number(kilobytes![1]) * 1024;
  }, 0);
}

export interface Latency {
  calls: number;
  p50Us: number;
  p99Us: number;
}

/** Times calls one after the other. */
export class Stopwatch {
  readonly #us: number[] = [];

  async time<T>(call: () => Promise<T>): Promise<T> {
    const start = performance.now();
    const result = await call();
    this.#us.push((performance.now() - start) * 1000);
    return result;
  }

  latency(): Latency {
    const sorted = this.#us.toSorted((a, b) => a - b);
    const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
    return { calls: sorted.length, p50Us: at(0.5), p99Us: at(0.99) };
  }
}

/**
 * The bench of direct transports: how many packets and messages go from JavaScript through the engine
 * to JavaScript, and how long one takes. Runs on Deno (run -A) and on Bun; docs/performance.md says what
 * the figures mean.
 */
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import process from "node:process";
import { parseArgs } from "node:util";
import { createWorker } from "../mod.ts";
import {
  burst,
  floorFlow,
  type Flow,
  messageBytes,
  messageFlow,
  packetBytes,
  packetFlow,
  windowOf,
} from "./direct/flows.ts";
import { cpuSeconds, runtimeName, sleep, type ThreadTime, threadTimes } from "./room/measure.ts";

const help = `direct.ts [--seconds N] [--json FILE]

Packets of 1,200 bytes and messages of 200, one by one and in batches; then the delay of 10,000
packets and messages a second.
  --seconds N  for each (3)
  --json FILE  also writes the results there
`;

const pacedRate = 10_000;
const engineThread = "sluice-worker";

/** A line of the results. */
export interface DirectRow {
  runtime: string;
  name: string;
  perSecond: number;
  /** Of all threads, microseconds a packet or message. */
  cpuUs: number;
  /** Of that, the engine's thread. */
  workerUs: number;
  dropped: number;
  /** The longest that the engine's or JavaScript's thread had no processor, of the time. */
  waited: number;
  /** From send() to the handler; only where the rate is fixed. */
  p50Us?: number;
  p99Us?: number;
}

const turn = (): Promise<void> => new Promise((done) => setImmediate(done));

/** The longest that the engine or JavaScript was ready and had no processor. Seconds. */
function waitedOf(before: Map<string, ThreadTime>, after: Map<string, ThreadTime>): number {
  const main = readFileSync("/proc/self/comm", "utf8").trim();
  const waited = [main, engineThread].map((name) =>
    (after.get(name)?.waited ?? 0) - (before.get(name)?.waited ?? 0)
  );
  return Math.max(...waited);
}

/** Runs `step` again and again, with a pause between; what all of it took. */
async function measure(
  flow: Flow,
  seconds: number,
  step: () => void,
  pause: () => Promise<void>,
): Promise<DirectRow> {
  const heardBefore = flow.heard();
  const cpuBefore = cpuSeconds([]);
  const before = threadTimes(process.pid);
  const begin = performance.now();
  while (performance.now() - begin < 1000 * seconds) {
    step();
    await pause();
  }
  const took = (performance.now() - begin) / 1000;
  const count = flow.heard() - heardBefore;
  const after = threadTimes(process.pid);
  return {
    runtime: runtimeName(),
    name: flow.name,
    perSecond: Math.round(count / took),
    cpuUs: (cpuSeconds([]) - cpuBefore) * 1e6 / count,
    workerUs: (after.get(engineThread)!.ran - before.get(engineThread)!.ran) * 1e6 / count,
    waited: waitedOf(before, after) / took,
    dropped: await flow.dropped(),
  };
}

async function measureRate(flow: Flow, seconds: number): Promise<DirectRow> {
  let sent = flow.heard();
  const step = (): void => {
    for (let i = 0; i < 4 && sent - flow.heard() <= flow.window - burst; ++i) {
      flow.send(burst);
      sent += burst;
    }
  };
  await measure(flow, Math.min(0.5, seconds), step, turn); // To warm up.
  return await measure(flow, seconds, step, turn);
}

async function measureDelay(flow: Flow, seconds: number): Promise<DirectRow> {
  const begin = performance.now();
  let sent = 0;
  const step = (): void => {
    const due = Math.floor((performance.now() - begin) / 1000 * pacedRate);
    // After the machine was busy elsewhere it catches up by and by.
    for (; sent < due && sent - flow.heard() < flow.window; ++sent) flow.send(1);
  };
  // About ten packets a task, as timers let an application send; the thread sleeps in between.
  const pause = (): Promise<void> => sleep(1);
  flow.delays = [];
  await measure(flow, Math.min(1, seconds), step, pause);
  flow.delays = [];
  const row = await measure(flow, seconds, step, pause);
  const sorted = flow.delays.sort((a, b) => a - b);
  const quantile = (part: number): number => 1000 * sorted[Math.floor(part * (sorted.length - 1))];
  const name = `${flow.name}, ${pacedRate} a second`;
  return { ...row, name, p50Us: quantile(0.5), p99Us: quantile(0.99) };
}

async function run(seconds: number): Promise<DirectRow[]> {
  const rows: DirectRow[] = [];
  const add = (row: DirectRow): void => {
    rows.push(row);
    const delay = row.p50Us === undefined
      ? ""
      : `  ${row.p50Us.toFixed(0).padStart(5)} / ${row.p99Us!.toFixed(0)} us`;
    console.log(
      `${row.name.padEnd(52)} ${String(row.perSecond).padStart(8)} ${
        row.cpuUs.toFixed(2).padStart(6)
      } ${row.workerUs.toFixed(2).padStart(6)} ${String(row.dropped).padStart(6)} ${
        (100 * row.waited).toFixed(0).padStart(5)
      } %${delay}`,
    );
  };
  const worker = await createWorker();
  try {
    const router = await worker.createRouter({
      mediaCodecs: [{ kind: "audio", mimeType: "audio/opus", clockRate: 48000, channels: 2 }],
    });
    add(await measureRate(floorFlow(packetBytes, "packets", windowOf.packets), seconds));
    for (const batches of [false, true]) {
      add(await measureRate(await packetFlow(router, batches), seconds));
    }
    add(await measureRate(floorFlow(messageBytes, "messages", windowOf.messages), seconds));
    for (const batches of [false, true]) {
      add(await measureRate(await messageFlow(router, batches), seconds));
    }
    add(await measureDelay(await packetFlow(router, false), seconds));
    add(await measureDelay(await messageFlow(router, false), seconds));
    return rows;
  } finally {
    worker.close();
  }
}

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "3" },
    json: { type: "string" },
    help: { type: "boolean", default: false },
  },
});
const seconds = Number(values.seconds);
if (values.help) {
  console.log(help);
} else if (!(seconds > 0)) {
  throw new TypeError("--seconds must be a number above 0");
} else {
  console.log(`${runtimeName().padEnd(52)}     each/s     us worker   lost  waited  p50 / p99`);
  const rows = await run(seconds);
  if (values.json) await writeFile(values.json, JSON.stringify(rows, null, 2));
}

/**
 * The room bench: what forwarding costs, as somebody who uses the API meets it. `--help` tells the
 * flags, docs/performance.md what the figures mean.
 */
import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { readOptions, type RoomOptions, type Scenario } from "./room/options.ts";
import { heading, line, timesFloor } from "./room/print.ts";
import type { ScenarioResult } from "./room/scenario.ts";

/** What the bare loop needs for a packet on this machine, in the minute of the round. */
export interface Floor {
  /** Nanoseconds a packet: the mean of before and after. */
  floorNs: number;
  /** libsrtp and one sendmsg a packet. */
  naiveNs: number;
  /** The server's over the floor, of every round, sorted. */
  rounds: number[];
}

export type RoomResult = ScenarioResult & { floor?: Floor };

const program = fileURLToPath(new URL("room/scenario.ts", import.meta.url));

async function runScenario(scenario: Scenario, options: RoomOptions): Promise<ScenarioResult> {
  const flags = "Deno" in globalThis
    ? ["run", "-A", "--no-check", "--v8-flags=--expose-gc"]
    : "Bun" in globalThis
    ? []
    : ["--expose-gc"];
  const child = spawn(
    process.execPath,
    [...flags, program, JSON.stringify(scenario), JSON.stringify(options)],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const exited = new Promise<number | null>((done) => child.on("exit", done));
  let output = "";
  for await (const chunk of child.stdout) output += chunk;
  const code = await exited;
  if (code !== 0) throw new Error(`${scenario.name} failed with exit code ${code}`);
  return JSON.parse(output);
}

async function runFloor(
  scenario: Scenario,
  { floor, gro }: RoomOptions,
): Promise<{ floorNs: number; naiveNs: number }> {
  console.error("  the floor");
  const destinations = scenario.sources === 1 ? scenario.receivers : scenario.receivers - 1;
  const flags = ["--floor", "--runs", "3"].concat(
    scenario.sources === 1 ? ["--destinations", `${destinations}`] : "--conversation",
  );
  const folder = await mkdtemp(join(tmpdir(), "floor-"));
  const file = join(folder, "floor.json");
  await promisify(execFile)(floor, [...flags, ...(gro ? ["--gro"] : []), "--json", file]);
  const { floor_ns, naive_ns } = JSON.parse(await readFile(file, "utf8"));
  await rm(folder, { recursive: true });
  const of = (figures: Record<string, number>): number => figures[`${destinations}`];
  return { floorNs: of(floor_ns), naiveNs: of(naive_ns) };
}

async function measure(scenario: Scenario, options: RoomOptions): Promise<RoomResult> {
  console.error(scenario.name);
  const hasFloor = (scenario.sources === 1 || scenario.kind === "audio") &&
    options.floor !== "" && existsSync(options.floor);
  if (!hasFloor) return await runScenario(scenario, options);
  // A shared machine is faster in one minute than in another: each round has floors of its own
  // before and behind it.
  const rounds: RoomResult[] = [];
  let before = await runFloor(scenario, options);
  while (rounds.length < options.rounds) {
    const result = await runScenario(scenario, options);
    const after = await runFloor(scenario, options);
    const floor = {
      floorNs: (before.floorNs + after.floorNs) / 2,
      naiveNs: (before.naiveNs + after.naiveNs) / 2,
      rounds: [],
    };
    rounds.push({ ...result, floor });
    before = after;
  }
  rounds.sort((a, b) => timesFloor(a) - timesFloor(b));
  const median = rounds[Math.floor((rounds.length - 1) / 2)];
  median.floor!.rounds = rounds.map(timesFloor);
  return median;
}

const options = readOptions(process.argv.slice(2));
if (options) {
  if (!/^[a-z]+:/.test(options.api)) {
    options.api = options.api.startsWith(".") || options.api.startsWith("/")
      ? pathToFileURL(resolve(options.api)).href
      : options.api;
  }
  const results: RoomResult[] = [];
  for (const scenario of options.scenarios) {
    results.push(await measure(scenario, options));
    console.error("");
  }
  console.log(heading(results[0]));
  for (const result of results) console.log(line(result));
  if (options.json) await writeFile(options.json, JSON.stringify(results, null, 2));
}

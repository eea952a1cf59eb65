/**
 * One scenario in a process of its own, which is the server: room.ts starts it with the scenario and
 * its options as JSON, and reads the result as JSON from its standard output.
 */
import process from "node:process";
import { LoadClient } from "./load_client.ts";
import type { ClientReport } from "./load_client.ts";
import {
  cpuSeconds,
  type Latency,
  type Memory,
  memory,
  runtimeName,
  sleep,
  type ThreadTime,
  threadTimes,
} from "./measure.ts";
import type { RoomOptions, Scenario } from "./options.ts";
import { type Api, Stage } from "./stage.ts";

export interface ScenarioResult {
  scenario: Scenario;
  runtime: string;
  consumers: number;
  profiles: string[];
  /** Microseconds of CPU for each packet that arrived: the whole server, and its worker alone. */
  cpuUsPerPacket: number;
  workerCpuUsPerPacket: number;
  /**
   * What the threads of server and client ran, and how long they waited for a processor that others
   * had, in percent of the time: waiting tells that the machine was too busy to measure on.
   */
  threads: ThreadPercent[];
  report: ClientReport;
  /** Resident bytes a consumer, and of that what is outside of JavaScript's heap. */
  bytesPerConsumer: number;
  nativeBytesPerConsumer: number;
  createWebRtcTransport: Latency;
  consume: Latency;
  /** The worker's own counters, where its dump() has any. */
  counters: unknown;
}

const say = (text: string): void => console.error(`  ${text}`);

async function run(scenario: Scenario, options: RoomOptions): Promise<ScenarioResult> {
  const api = await import(options.api) as Api;
  const settleMs = options.settleSeconds * 1000;
  const client = await LoadClient.start(options.client, options.gro ? ["--gro"] : []);
  const stage = await Stage.make(api, client, options);
  await stage.addSources(scenario);
  await client.start();
  say("warming up");
  const cool = await stage.warmUp(scenario);
  await sleep(settleMs);

  const others = stage.otherProcesses;
  const before = await memory(others);
  say(`connecting ${scenario.receivers} receivers`);
  const consumers = await stage.addReceivers(scenario);
  await sleep(settleMs);
  const after = await memory(others);
  await cool();
  await sleep(settleMs);

  say(`measuring ${options.seconds} s with ${consumers} consumers`);
  const used = await measure(client, stage, options.seconds);
  const report = await client.report();
  const dump = await stage.worker.dump() as { counters?: unknown };
  stage.worker.close();
  await client.close();
  const bytes = (to: Memory, field: keyof Memory): number =>
    Math.round((to[field] - before[field]) / consumers);
  return {
    scenario,
    runtime: runtimeName(),
    consumers,
    profiles: [...client.profiles],
    cpuUsPerPacket: used.process * 1e6 / report.arrived,
    workerCpuUsPerPacket: used.worker * 1e6 / report.arrived,
    threads: used.threads,
    report,
    bytesPerConsumer: bytes(after, "rss"),
    nativeBytesPerConsumer: bytes(after, "rss") - bytes(after, "javaScript"),
    createWebRtcTransport: stage.createTransport.latency(),
    consume: stage.consume.latency(),
    counters: dump.counters,
  };
}

interface ThreadPercent {
  name: string;
  ran: number;
  waited: number;
}

interface Used {
  /** Seconds of CPU. */
  process: number;
  worker: number;
  threads: ThreadPercent[];
}

async function measure(client: LoadClient, stage: Stage, seconds: number): Promise<Used> {
  const pids = [process.pid, ...stage.otherProcesses, client.pid];
  const read = async (): Promise<{ process: number; worker: number }> => {
    const usage = await stage.worker.getResourceUsage();
    return {
      process: cpuSeconds(stage.otherProcesses),
      worker: (usage.ru_utime + usage.ru_stime) / 1000,
    };
  };
  const threadsBefore = pids.map(threadTimes);
  await client.begin();
  const begin = await read();
  await sleep(seconds * 1000);
  await client.end();
  const end = await read();
  const threads = pids.flatMap((pid, i) => percentOf(threadsBefore[i], threadTimes(pid), seconds));
  return { process: end.process - begin.process, worker: end.worker - begin.worker, threads };
}

function percentOf(
  before: Map<string, ThreadTime>,
  after: Map<string, ThreadTime>,
  seconds: number,
): ThreadPercent[] {
  const percent = (from = 0, to = 0): number => Number(((to - from) / seconds * 100).toFixed(1));
  return [...after].map(([name, { ran, waited }]) => ({
    name,
    ran: percent(before.get(name)?.ran, ran),
    waited: percent(before.get(name)?.waited, waited),
  })).filter(({ ran, waited }) => ran > 0 || waited > 0);
}

const [scenario, options] = process.argv.slice(2, 4).map((text) => JSON.parse(text));
console.log(JSON.stringify(await run(scenario, options)));

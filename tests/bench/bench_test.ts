/** The benches run, and their load client really is a WebRTC endpoint: what is sent arrives. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { DirectRow } from "../../bench/direct.ts";
import type { PoolResult } from "../../bench/pool.ts";
import type { RoomResult } from "../../bench/room.ts";

const repository = fileURLToPath(new URL("../..", import.meta.url));

/** Runs a bench on the runtime of the tests. @returns What it has written with --json. */
async function run(bench: string, args: string[]): Promise<unknown> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-"));
  try {
    const file = join(folder, "results.json");
    const runtime = "Deno" in globalThis ? ["run", "-A", "--no-check"] : [];
    const options = { cwd: repository };
    await promisify(execFile)(
      process.execPath,
      [...runtime, `bench/${bench}`, ...args, "--json", file],
      options,
    );
    return JSON.parse(await readFile(file, "utf8"));
  } finally {
    await rm(folder, { recursive: true });
  }
}

test("the room bench delivers a video to endpoints that do ICE, DTLS, SRTP and feedback", async () => {
  const flags = ["--scenario", "fan-out", "--consumers", "5", "--seconds", "1", "--settle", "1"];
  const [result] = await run("room.ts", [...flags, "--floor", ""]) as RoomResult[];
  const { report } = result;
  assert.equal(result.consumers, 5);
  assert.deepEqual(result.profiles, ["AEAD_AES_128_GCM"]);
  assert.equal(report.arrived, report.expected);
  assert.equal(report.expected, report.sent * 5);
  // 30 frames of 6 packets in a second; the client catches up when it was late.
  assert.ok(report.sent >= 120, `${report.sent} packets were sent in a second`);
  assert.ok(report.delayP50Ms > 0 && report.delayP50Ms <= report.delayP99Ms);
  assert.equal(report.counters.refused, 0);
  assert.ok(report.counters.rtcpIn > 0 && report.counters.feedbackIn > 0);
  assert.ok(result.cpuUsPerPacket > 0);
});

test("the observers bench measures what observers add to a packet", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sluice-"));
  try {
    const file = join(folder, "results.json");
    const flags = ["--producers", "50", "--seconds", "2", "--runs", "1", "--json", file];
    await promisify(execFile)(join(repository, "build/release/bench_observers"), flags);
    const { producers, figures } = JSON.parse(await readFile(file, "utf8"));
    assert.equal(producers, 50);
    assert.equal(figures.length, 5);
    for (const [index, figure] of figures.entries()) {
      assert.ok(figure.ns_per_packet > 0, figure.name);
      assert.equal(figure.judgement_us > 0, index > 0, figure.name);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("the direct bench hears all that it sends, and times it", async () => {
  const rows = await run("direct.ts", ["--seconds", "0.2"]) as DirectRow[];
  assert.equal(rows.length, 8);
  for (const { name, perSecond, cpuUs, workerUs, dropped, p50Us, p99Us } of rows) {
    assert.ok(perSecond > 1000, `${name}: ${perSecond} a second`);
    assert.ok(cpuUs > 0, name);
    assert.ok(workerUs > 0 || name.includes("floor"), name);
    assert.equal(dropped, 0, name);
    assert.equal(p50Us !== undefined, name.endsWith("a second"), name);
    if (p50Us !== undefined) assert.ok(p50Us > 0 && p50Us <= p99Us!, name);
  }
});

test("the control bench times every kind of call", async () => {
  const rows = await run("control.ts", ["--calls", "20"]) as { call: string; p50Us: number }[];
  assert.equal(rows.length, 6);
  for (const { call, p50Us } of rows) assert.ok(p50Us > 0, call);
});

test("the pool bench delivers a video to consumers on two workers", async () => {
  const flags = ["--consumers", "6", "--rounds", "1", "--seconds", "1"];
  const [result] = await run("pool.ts", flags) as PoolResult[];
  assert.equal(result.consumers, 6);
  assert.ok(result.delivered > 0.9, `${result.delivered}`);
  assert.ok(result.oneWorkerUs > 0 && result.twoWorkersUs > 0 && result.ratio > 0);
});

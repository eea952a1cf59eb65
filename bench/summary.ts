/**
 * What a run of the benches says in the end: summary.ts [--markdown] FILE..., files that room.ts,
 * control.ts and direct.ts have written with --json. How far the fan-outs are from the floor, which was
 * measured in the same minutes, and whether direct transports do what they should; with --markdown the
 * rows of the tables in docs/performance.md instead.
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { ControlRow } from "./control.ts";
import type { DirectRow } from "./direct.ts";
import type { PoolResult } from "./pool.ts";
import type { RoomResult } from "./room.ts";
import { timesFloor } from "./room/print.ts";

const us = (ns: number): string => (ns / 1000).toFixed(2);
/** Of the median round, and the least and most of all. */
function distanceText(result: RoomResult): string {
  const { rounds } = result.floor!;
  const [least, most] = [rounds[0], rounds[rounds.length - 1]].map((it) => it.toFixed(2));
  return `${timesFloor(result).toFixed(2)} (${least}-${most})`;
}

type Row = RoomResult | ControlRow | DirectRow | PoolResult;
const isControl = (row: Row): row is ControlRow => "call" in row;
const isDirect = (row: Row): row is DirectRow => "perSecond" in row;
const isPool = (row: Row): row is PoolResult => "bench" in row && row.bench === "pool";

function markdownRow(row: Row): string {
  if (isPool(row)) return poolRow(row);
  if (isDirect(row)) return directRow(row);
  return isControl(row) ? controlRow(row) : roomRow(row);
}

function lines(row: Row): string[] {
  if (isPool(row)) return [poolLine(row)];
  if (isDirect(row)) return verdict(row);
  return isControl(row) ? [] : distance(row);
}

function distance(result: RoomResult): string[] {
  const { scenario, runtime, cpuUsPerPacket, floor } = result;
  if (!floor) return [];
  return [
    `${runtime}, ${scenario.name}: ${cpuUsPerPacket.toFixed(2)} us a packet, ${
      distanceText(result)
    } x ` +
    `the floor (${us(floor.floorNs)} us); libsrtp and sendmsg alone take ${us(floor.naiveNs)} us`,
  ];
}

const cells = (values: (string | number)[]): string => `| ${values.join(" | ")} |`;

function roomRow(result: RoomResult): string {
  const { scenario, report, floor } = result;
  return cells([
    `${scenario.name}, ${result.runtime.split(" ")[0]}`,
    result.cpuUsPerPacket.toFixed(2),
    floor ? us(floor.floorNs) : "",
    floor ? distanceText(result) : "",
    floor ? us(floor.naiveNs) : "",
    `${(report.arrived / report.expected * 100).toFixed(2)} %`,
    `${report.delayP50Ms.toFixed(1)} / ${report.delayP99Ms.toFixed(1)}`,
    `${(result.bytesPerConsumer / 1024).toFixed(0)} / ${
      (result.nativeBytesPerConsumer / 1024).toFixed(0)
    }`,
  ]);
}

const controlRow = ({ call, runtime, p50Us, p99Us }: ControlRow): string =>
  cells([call, runtime.split(" ")[0], p50Us.toFixed(1), p99Us.toFixed(1)]);

const directRow = (row: DirectRow): string =>
  cells([
    `${row.name}, ${row.runtime.split(" ")[0]}`,
    row.perSecond.toLocaleString("en"),
    row.cpuUs.toFixed(2),
    row.workerUs.toFixed(2),
    row.dropped,
    row.p50Us === undefined ? "" : `${row.p50Us.toFixed(0)} / ${row.p99Us!.toFixed(0)}`,
    `${(100 * row.waited).toFixed(0)} %`,
  ]);

/** Beside the figures those that are to be reached. */
function verdict({ name, runtime, perSecond, p99Us }: DirectRow): string[] {
  if (name.includes("floor")) return [];
  if (p99Us !== undefined) {
    return [`${runtime}, ${name}: p99 ${p99Us.toFixed(0)} us (1000 at most)`];
  }
  const least = name.startsWith("packets") ? 500_000 : 1_000_000;
  return [`${runtime}, ${name}: ${perSecond} a second (${least} at least)`];
}

function poolLine({ runtime, consumers, oneWorkerUs, twoWorkersUs, ratio }: PoolResult): string {
  return `${runtime}, ${consumers} consumers: ${
    oneWorkerUs.toFixed(2)
  } us a packet on one worker, ` +
    `${twoWorkersUs.toFixed(2)} us on two: ${ratio.toFixed(2)} x (at most 1.15)`;
}

const poolRow = (result: PoolResult): string =>
  cells([
    `${result.consumers} consumers, ${result.runtime.split(" ")[0]}`,
    result.oneWorkerUs.toFixed(2),
    result.twoWorkersUs.toFixed(2),
    result.ratio.toFixed(2),
  ]);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { markdown: { type: "boolean", default: false } },
});
for (const file of positionals) {
  const rows: Row[] = JSON.parse(readFileSync(file, "utf8"));
  for (const row of rows) {
    for (const line of values.markdown ? [markdownRow(row)] : lines(row)) console.log(line);
  }
}

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
import type { RoomResult } from "./room.ts";

/** The lower of two: the stricter measure. */
const us = (ns: number[]): string => (Math.min(...ns) / 1000).toFixed(2);
const timesFloor = (result: RoomResult): string =>
  (result.cpuUsPerPacket * 1000 / Math.min(...result.floor!.floorNs)).toFixed(2);

type Row = RoomResult | ControlRow | DirectRow;
const isControl = (row: Row): row is ControlRow => "call" in row;
const isDirect = (row: Row): row is DirectRow => "perSecond" in row;

function distance(result: RoomResult): string[] {
  const { scenario, runtime, cpuUsPerPacket, floor } = result;
  if (!floor) return [];
  return [
    `${runtime}, ${scenario.name}: ${cpuUsPerPacket.toFixed(2)} us a packet, ${
      timesFloor(result)
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
    floor ? timesFloor(result) : "",
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

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { markdown: { type: "boolean", default: false } },
});
for (const file of positionals) {
  const rows: Row[] = JSON.parse(readFileSync(file, "utf8"));
  for (const row of rows) {
    if (values.markdown) {
      console.log(isControl(row) ? controlRow(row) : isDirect(row) ? directRow(row) : roomRow(row));
    } else if (!isControl(row)) {
      for (const line of isDirect(row) ? verdict(row) : distance(row)) console.log(line);
    }
  }
}

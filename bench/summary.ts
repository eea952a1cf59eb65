/**
 * What a run of the benches says in the end: summary.ts [--markdown] FILE..., files that room.ts and
 * control.ts have written with --json. How far the fan-outs are from the floor, which was measured in
 * the same minutes; with --markdown the rows of the tables in docs/performance.md instead.
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { ControlRow } from "./control.ts";
import type { RoomResult } from "./room.ts";

/** The lower of two: the stricter measure. */
const us = (ns: number[]): string => (Math.min(...ns) / 1000).toFixed(2);
const timesFloor = (result: RoomResult): string =>
  (result.cpuUsPerPacket * 1000 / Math.min(...result.floor!.floorNs)).toFixed(2);

const isControl = (row: RoomResult | ControlRow): row is ControlRow => "call" in row;

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

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { markdown: { type: "boolean", default: false } },
});
for (const file of positionals) {
  const rows: (RoomResult | ControlRow)[] = JSON.parse(readFileSync(file, "utf8"));
  for (const row of rows) {
    if (values.markdown) console.log(isControl(row) ? controlRow(row) : roomRow(row));
    else if (!isControl(row)) { for (const line of distance(row)) console.log(line); }
  }
}

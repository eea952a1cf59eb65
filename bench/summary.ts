/**
 * Says of a room bench's results how far they are from the floor: summary.ts FILE. The floor was
 * measured in the same run, before and after each scenario.
 */
import { readFileSync } from "node:fs";
import process from "node:process";
import { mean } from "./room/measure.ts";
import type { RoomResult } from "./room.ts";

const [file] = process.argv.slice(2);
if (!file) throw new TypeError("summary.ts FILE: the results that room.ts --json has written");

const results: RoomResult[] = JSON.parse(readFileSync(file, "utf8"));
for (const { scenario, runtime, cpuUsPerPacket, floor } of results) {
  if (!floor) continue;
  const us = (ns: number[]): string => (mean(ns) / 1000).toFixed(2);
  const times = cpuUsPerPacket * 1000 / mean(floor.floorNs);
  console.log(
    `${runtime}, ${scenario.name}: ${cpuUsPerPacket.toFixed(2)} us a packet, ${
      times.toFixed(2)
    } x ` +
      `the floor (${us(floor.floorNs)} us); libsrtp and sendmsg alone take ${us(floor.naiveNs)} us`,
  );
}

/** The room bench's table. */
import type { RoomResult } from "../room.ts";

const columns = [
  "scenario",
  "us/packet",
  "worker",
  "x floor",
  "x naive",
  "delivered",
  "delay p50/p99 ms",
  "KB/consumer (native)",
  "create p50/p99 us",
  "consume p50/p99 us",
  "client",
  "waited",
];
const widths = [13, 9, 7, 7, 7, 9, 16, 20, 17, 18, 6, 6];

const row = (cells: string[]): string =>
  cells.map((cell, i) => i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])).join("  ");

/** The server's CPU over the floor's, for a result that has one. */
export function timesFloor({ cpuUsPerPacket, floor }: RoomResult): number {
  return cpuUsPerPacket * 1000 / floor!.floorNs;
}

export function heading(first: RoomResult): string {
  return `${first.runtime}, ${first.profiles.join(", ")}\n${row(columns)}`;
}

export function line(result: RoomResult): string {
  const { report, floor, createWebRtcTransport: create, consume } = result;
  const pair = (a: number, b: number, digits: number): string =>
    `${a.toFixed(digits)} / ${b.toFixed(digits)}`;
  const kilobytes = (bytes: number): string => (bytes / 1024).toFixed(1);
  return row([
    result.scenario.name,
    result.cpuUsPerPacket.toFixed(2),
    result.workerCpuUsPerPacket.toFixed(2),
    floor ? timesFloor(result).toFixed(2) : "",
    floor ? (result.cpuUsPerPacket * 1000 / floor.naiveNs).toFixed(2) : "",
    `${(report.arrived / report.expected * 100).toFixed(3)}%`,
    pair(report.delayP50Ms, report.delayP99Ms, 2),
    `${kilobytes(result.bytesPerConsumer)} (${kilobytes(result.nativeBytesPerConsumer)})`,
    pair(create.p50Us, create.p99Us, 0),
    pair(consume.p50Us, consume.p99Us, 0),
    `${(report.clientCpuSeconds / report.seconds * 100).toFixed(0)}%`,
    `${Math.max(...result.threads.map(({ waited }) => waited)).toFixed(0)}%`,
  ]);
}

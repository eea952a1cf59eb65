/** What plain and pipe transports have in common: where they listen, and `connect()` with an address. */
import assert from "node:assert/strict";
import type { PipeTransport, PlainTransport } from "../../sfu/types.ts";
import { tcpInfo, udpInfo, wrong, type WrongCase } from "./support.ts";

const ip = "127.0.0.1";

/** Makes calls with an argument that is wrong: on its own, and beside an address to listen on. */
export function callsOf(create: (options: never) => Promise<unknown>): {
  bad: (options: unknown) => () => Promise<unknown>;
  more: (options: object) => () => Promise<unknown>;
} {
  const bad = (options: unknown) => () => create(wrong(options) as never);
  return { bad, more: (options) => bad({ listenInfo: udpInfo, ...options }) };
}

/** Options that neither kind takes. */
export function wrongOptions(create: (options: never) => Promise<unknown>): WrongCase[] {
  const { bad, more } = callsOf(create);
  return [
    ["nothing", bad(undefined), /options/],
    ["no listen", bad({}), /missing listenInfo and listenIp/],
    ["both", more({ listenIp: ip }), /only one of listenInfo and listenIp/],
    ["listenInfo", bad({ listenInfo: "x" }), /listenInfo/],
    ["tcp", bad({ listenInfo: tcpInfo }), /listenInfo\.protocol/],
    ["ip", bad({ listenInfo: { protocol: "udp", ip: "x" } }), /listenInfo\.ip/],
    ["listenIp", bad({ listenIp: "x" }), /listenIp/],
    ["listenIp ip", bad({ listenIp: { ip: 1 } }), /listenIp\.ip/],
    ["port", bad({ listenIp: ip, port: -1 }), /port/],
    ["enableSrtp", more({ enableSrtp: 1 }), /enableSrtp/],
    ["enableSctp", more({ enableSctp: 1 }), /enableSctp/],
    ["appData", more({ appData: "x" }), /appData/],
  ];
}

/** Addresses that neither kind connects to. */
export function wrongAddresses(transport: PlainTransport | PipeTransport): WrongCase[] {
  const connect = (options: unknown) => () => transport.connect(wrong(options));
  return [
    ["nothing", connect(undefined), /options/],
    ["no ip", connect({ port: 9 }), /missing ip/],
    ["no port", connect({ ip }), /missing port/],
    ["ip", connect({ ip: "::::1234", port: 9 }), /ip/],
    ["ip type", connect({ ip: 1, port: 9 }), /ip/],
    ["port text", connect({ ip, port: "nine" }), /port/],
    ["port zero", connect({ ip, port: 0 }), /port/],
    ["port range", connect({ ip, port: 65536 }), /port/],
  ];
}

/** Asserts that a new transport listens on a port of the range, and says another address. */
export async function assertListens(
  transport: PlainTransport | PipeTransport,
  announcedAddress: string,
  portRange: { min: number; max: number },
): Promise<void> {
  const { tuple } = transport;
  assert.equal(tuple.localAddress, announcedAddress);
  assert.equal(tuple.localIp, announcedAddress);
  assert(tuple.localPort >= portRange.min && tuple.localPort <= portRange.max);
  assert.equal(tuple.protocol, "udp");
  assert.equal(tuple.remoteIp, undefined);
  assert.equal(transport.srtpParameters, undefined);
  assert.equal(transport.sctpParameters, undefined);
  assert.equal(transport.sctpState, undefined);
  const dump = await transport.dump();
  assert.equal(dump.id, transport.id);
  assert.deepEqual(dump.tuple, tuple);
  const [stats] = await transport.getStats();
  assert.equal(stats.transportId, transport.id);
  assert.deepEqual(stats.tuple, tuple);
  assert.equal(stats.bytesReceived, 0);
}

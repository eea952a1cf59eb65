/**
 * Where a transport listens: checks the caller's options, the deprecated styles among them, and gives
 * the engine's `ListenInfo` (see engine/include/sluice.h).
 */
import * as check from "../base/check.ts";
import type {
  TransportListenInfo,
  TransportListenIp,
  TransportPortRange,
  TransportProtocol,
  TransportSocketFlags,
} from "../api/transport.ts";

/** The largest buffer that can be asked for; the system gives what it allows. Bytes. */
const socketBufferMax = 1 << 30;

/** A TransportListenInfo without its deprecated field. */
export type EngineListenInfo = Omit<TransportListenInfo, "announcedIp">;

/** @throws TypeError Naming the field, with `name` as its path. */
export function toListenInfo(given: TransportListenInfo, name: string): EngineListenInfo {
  const info = check.fields(given, name);
  return {
    protocol: check.oneOf(info.protocol, `${name}.protocol`, ["udp", "tcp"]),
    ip: check.ip(info.ip, `${name}.ip`),
    announcedAddress: check.optionalText(
      info.announcedAddress ?? info.announcedIp,
      info.announcedAddress === undefined ? `${name}.announcedIp` : `${name}.announcedAddress`,
    ),
    exposeInternalIp: check.optionalBoolean(info.exposeInternalIp, `${name}.exposeInternalIp`),
    port: check.optionalInteger(info.port, `${name}.port`, 0, check.portMax),
    portRange: toPortRange(info.portRange, `${name}.portRange`),
    flags: toFlags(info.flags, `${name}.flags`),
    sendBufferSize: check.optionalInteger(
      info.sendBufferSize,
      `${name}.sendBufferSize`,
      0,
      socketBufferMax,
    ),
    recvBufferSize: check.optionalInteger(
      info.recvBufferSize,
      `${name}.recvBufferSize`,
      0,
      socketBufferMax,
    ),
  };
}

/** @throws TypeError An empty list, or a bad entry. */
export function toListenInfos(given: TransportListenInfo[], name: string): EngineListenInfo[] {
  const infos = check.array(given, name);
  if (infos.length === 0) throw new TypeError(`${name} must not be empty`);
  return infos.map((info, index) => toListenInfo(info, `${name}[${index}]`));
}

/** The deprecated `listenIp` + `port`: always UDP. */
export function fromListenIp(
  listenIp: TransportListenIp | string,
  port: number | undefined,
  protocol: TransportProtocol,
  name: string,
): EngineListenInfo {
  const given = typeof listenIp === "string" ? { ip: listenIp } : check.fields(listenIp, name);
  const ipName = typeof listenIp === "string" ? name : `${name}.ip`;
  return {
    protocol,
    ip: check.ip(given.ip, ipName),
    announcedAddress: check.optionalText(given.announcedIp, `${name}.announcedIp`),
    port: check.optionalInteger(port, "port", 0, check.portMax),
  };
}

/** What decides the sockets of the deprecated `listenIps`. */
export interface ProtocolChoice {
  enableUdp: boolean;
  enableTcp: boolean;
  preferUdp: boolean;
  preferTcp: boolean;
}

/** The deprecated `listenIps` + `port`: a socket for each enabled protocol, the preferred one first. */
export function fromListenIps(
  given: (TransportListenIp | string)[],
  port: number | undefined,
  choice: ProtocolChoice,
): EngineListenInfo[] {
  const listenIps = check.array(given, "listenIps");
  if (listenIps.length === 0) throw new TypeError("listenIps must not be empty");
  const tcpFirst = choice.preferTcp && !choice.preferUdp;
  const order: TransportProtocol[] = tcpFirst ? ["tcp", "udp"] : ["udp", "tcp"];
  const protocols = order.filter((it) => it === "udp" ? choice.enableUdp : choice.enableTcp);
  if (protocols.length === 0) throw new TypeError("enableUdp and enableTcp must not both be false");
  return listenIps.flatMap((listenIp, index) =>
    protocols.map((protocol) => fromListenIp(listenIp, port, protocol, `listenIps[${index}]`))
  );
}

function toPortRange(
  range: TransportPortRange | undefined,
  name: string,
): TransportPortRange | undefined {
  if (range === undefined) return undefined;
  check.object(range, name);
  const min = check.integer(range.min, `${name}.min`, 0, check.portMax);
  const max = check.integer(range.max, `${name}.max`, 0, check.portMax);
  // mediasoup takes 0 to 0 as "no range given".
  if (min === 0 && max === 0) return undefined;
  if (min === 0) throw new TypeError(`${name}.min must be between 1 and ${check.portMax}`);
  if (min > max) throw new TypeError(`${name}.min must not be greater than ${name}.max`);
  return { min, max };
}

function toFlags(
  flags: TransportSocketFlags | undefined,
  name: string,
): TransportSocketFlags | undefined {
  if (flags === undefined) return undefined;
  const { ipv6Only, udpReusePort } = check.fields(flags, name);
  return {
    ipv6Only: check.optionalBoolean(ipv6Only, `${name}.ipv6Only`),
    udpReusePort: check.optionalBoolean(udpReusePort, `${name}.udpReusePort`),
  };
}

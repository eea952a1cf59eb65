/**
 * Where a transport listens: checks the caller's options, including the deprecated styles, and makes
 * the engine's `ListenInfo` of them (see engine/include/sluice.h).
 */
import * as check from "../base/check.ts";
import type {
  TransportListenInfo,
  TransportListenIp,
  TransportPortRange,
  TransportProtocol,
  TransportSocketFlags,
} from "../api/transport.ts";

/** The largest buffer that may be requested; the system may grant less. Bytes. */
const socketBufferMax = 1 << 30;

/** RFC 6335, 6: the system ports end below this one, and binding them needs privileges. */
const unprivilegedMin = 1024;

/** A TransportListenInfo without its deprecated field. */
export type EngineListenInfo = Omit<TransportListenInfo, "announcedIp">;

/** @throws TypeError Naming the field, with `name` as its path. */
export function toListenInfo(given: TransportListenInfo, name: string): EngineListenInfo {
  const info = check.fields(given, name);
  return {
    protocol: check.oneOf(info.protocol, `${name}.protocol`, ["udp", "tcp"]),
    ip: check.ip(info.ip, `${name}.ip`),
    announcedAddress: check.textOrNone(info.announcedAddress, `${name}.announcedAddress`) ??
      check.textOrNone(info.announcedIp, `${name}.announcedIp`),
    exposeInternalIp: check.optionalBoolean(info.exposeInternalIp, `${name}.exposeInternalIp`),
    port: check.optionalCount(info.port, `${name}.port`, 0, check.portMax),
    portRange: toPortRange(info.portRange, `${name}.portRange`),
    flags: toFlags(info.flags, `${name}.flags`),
    sendBufferSize: check.optionalCount(
      info.sendBufferSize,
      `${name}.sendBufferSize`,
      0,
      socketBufferMax,
    ),
    recvBufferSize: check.optionalCount(
      info.recvBufferSize,
      `${name}.recvBufferSize`,
      0,
      socketBufferMax,
    ),
  };
}

/** @throws TypeError An empty list or a wrong entry. */
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
    announcedAddress: check.textOrNone(given.announcedIp, `${name}.announcedIp`),
    port: check.optionalCount(port, "port", 0, check.portMax),
  };
}

/** Which sockets the deprecated `listenIps` opens, and in which order. */
export interface ProtocolChoice {
  enableUdp: boolean;
  enableTcp: boolean;
  preferUdp: boolean;
  preferTcp: boolean;
}

/** The deprecated `listenIps` + `port`: a socket per enabled protocol, the preferred one first. */
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
  if (check.isUnset(range.min) && check.isUnset(range.max)) return undefined;
  const min = check.count(range.min, `${name}.min`, 0, check.portMax);
  const max = check.count(range.max, `${name}.max`, 0, check.portMax);
  // As in mediasoup, 0 to 0 is no range.
  if (min === 0 && max === 0) return undefined;
  if (min === 0) return { min: Math.min(unprivilegedMin, max), max };
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

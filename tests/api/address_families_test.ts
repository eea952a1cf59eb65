/** Which peers plain and pipe transports connect to, by the address families they listen on. */
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { test } from "node:test";
import type { PipeTransport, PlainTransport, TransportListenInfo } from "../../sfu/types.ts";
import { withScene } from "./support.ts";

const ipv4 = "127.0.0.1";
const ipv6 = "::1";
const mapped = `::ffff:${ipv4}`;

function hasIpv6(): Promise<boolean> {
  const socket = createSocket("udp6");
  return new Promise((resolve) => {
    socket.once("error", () => resolve(false));
    socket.bind(0, ipv6, () => socket.close(() => resolve(true)));
  });
}

function listen(ip: string, ipv6Only = false): TransportListenInfo {
  return { protocol: "udp", ip, flags: { ipv6Only } };
}

const onlyIpv6 = /ip is IPv4, but the transport listens on IPv6 alone/;
const onlyIpv4 = /ip is IPv6, but the transport listens on IPv4/;

const cases: [TransportListenInfo, { peer: string; error?: RegExp }][] = [
  [listen(ipv4), { peer: ipv4 }],
  [listen(ipv4), { peer: mapped }],
  [listen(ipv4), { peer: ipv6, error: onlyIpv4 }],
  [listen(ipv4, true), { peer: ipv4 }],
  [listen("0.0.0.0"), { peer: ipv6, error: onlyIpv4 }],
  [listen(mapped), { peer: ipv4 }],
  [listen(mapped), { peer: ipv6, error: onlyIpv4 }],
  [listen(ipv6), { peer: ipv6 }],
  [listen(ipv6), { peer: ipv4, error: onlyIpv6 }],
  [listen(ipv6), { peer: mapped, error: onlyIpv6 }],
  [listen("::"), { peer: ipv4 }],
  [listen("::"), { peer: mapped }],
  [listen("::"), { peer: ipv6 }],
  [listen("::", true), { peer: ipv4, error: onlyIpv6 }],
  [listen("::", true), { peer: mapped, error: onlyIpv6 }],
  [listen("::", true), { peer: ipv6 }],
];

type Transport = PipeTransport | PlainTransport;

async function tryAll(
  create: (listenInfo: TransportListenInfo) => Promise<Transport>,
): Promise<void> {
  const ipv6Works = await hasIpv6();
  for (const [listenInfo, { peer, error }] of cases) {
    if (!ipv6Works && listenInfo.ip !== mapped && listenInfo.ip.includes(":")) continue;
    const transport = await create(listenInfo);
    const what = `${listenInfo.ip} to ${peer}`;
    const connected = transport.connect({ ip: peer, port: 9 });
    if (error) {
      await assert.rejects(connected, (caught: Error) => {
        assert(caught instanceof TypeError, what);
        assert.match(caught.message, error, what);
        return true;
      });
    } else {
      await connected;
      assert.equal(transport.tuple.remoteIp, peer === mapped ? ipv4 : peer, what);
    }
    transport.close();
  }
}

test(
  "a plain transport connects to peers that it can reach, and to no others",
  withScene(({ router }) => tryAll((listenInfo) => router.createPlainTransport({ listenInfo }))),
);

test(
  "a pipe transport connects to peers that it can reach, and to no others",
  withScene(({ router }) => tryAll((listenInfo) => router.createPipeTransport({ listenInfo }))),
);

test(
  "a plain transport's RTP and RTCP listen for the same peer",
  withScene(async ({ router }) => {
    if (!await hasIpv6()) return;
    const create = (rtp: TransportListenInfo, rtcp: TransportListenInfo) =>
      router.createPlainTransport({ listenInfo: rtp, rtcpListenInfo: rtcp });
    await assert.rejects(create(listen(ipv4), listen(ipv6)), /rtcpListenInfo\.ip/);
    await assert.rejects(create(listen("::", true), listen(ipv4)), /rtcpListenInfo\.ip/);
    const both = await create(listen("::"), listen(ipv4));
    const other = { ip: ipv6, port: 9, rtcpPort: 10 };
    await assert.rejects(both.connect(other), /the transport's RTCP listens on IPv4/);
    await both.connect({ ...other, ip: ipv4 });
  }),
);

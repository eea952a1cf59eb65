import assert from "node:assert/strict";
import { test } from "node:test";
import { tcpInfo, udpInfo, withScene } from "./support.ts";

test(
  "listenInfos open what they name, in the order of preference, whatever the flags say",
  withScene(async ({ router }) => {
    const listenInfos = [udpInfo, tcpInfo, udpInfo];
    for (const flags of [{}, { enableUdp: false, enableTcp: false }, { preferTcp: true }]) {
      const { iceCandidates } = await router.createWebRtcTransport({ listenInfos, ...flags });
      assert.deepEqual(iceCandidates.map((it) => it.protocol), ["udp", "tcp", "udp"]);
      // RFC 8445, 5.1.2.1, with the local preferences of mediasoup: 10000, and 100 less for each.
      assert.deepEqual(
        iceCandidates.map((it) => (it.priority - 2 ** 24 * 64 - 255) / 2 ** 8),
        [10_000, 9900, 9800],
      );
    }
    const { iceCandidates: [tcp, udp] } = await router.createWebRtcTransport({
      listenIps: ["127.0.0.1"],
      enableTcp: true,
      preferTcp: true,
    });
    assert.deepEqual([tcp.protocol, udp.protocol], ["tcp", "udp"]);
    assert.equal(tcp.priority - udp.priority, 100 * 2 ** 8);
  }),
);

test(
  "createWebRtcTransport() takes the deprecated listenIps and port",
  withScene(async ({ router }) => {
    const transport = await router.createWebRtcTransport({
      listenIps: ["127.0.0.1", { ip: "0.0.0.0", announcedIp: "9.9.9.2" }],
      enableTcp: true,
      preferTcp: true,
    });
    assert.deepEqual(transport.iceCandidates.map((it) => [it.address, it.protocol]), [
      ["127.0.0.1", "tcp"],
      ["127.0.0.1", "udp"],
      ["9.9.9.2", "tcp"],
      ["9.9.9.2", "udp"],
    ]);
    const udp = await router.createWebRtcTransport({ listenIps: ["127.0.0.1"] });
    const [{ protocol, port }] = udp.iceCandidates;
    assert.equal(protocol, "udp");
    udp.close();
    const again = await router.createWebRtcTransport({ listenIps: ["127.0.0.1"], port });
    assert.equal(again.iceCandidates[0].port, port);
  }),
);

test(
  "a link-local address needs an interface that is there",
  withScene(async ({ router }) => {
    const listenInfo = (ip: string) => ({ listenInfo: { ...udpInfo, ip } });
    await assert.rejects(router.createPlainTransport(listenInfo("fe80::1")), {
      name: "TypeError",
      message: /link-local and must say on which interface/,
    });
    await assert.rejects(router.createPlainTransport(listenInfo("fe80::1%nowhere")), {
      name: "TypeError",
      message: /no interface of this machine/,
    });
    const plain = await router.createPlainTransport({ listenInfo: udpInfo });
    await assert.rejects(plain.connect({ ip: "fe80::1", port: 5000 }), {
      name: "TypeError",
      message: /link-local and must say on which interface/,
    });
  }),
);

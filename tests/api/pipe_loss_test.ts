/** A pipe between hosts: over UDP that loses packets, with and without RTX. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { PipeTransport, Producer, Router } from "../../sfu/types.ts";
import { perfect, Relay } from "../support/relay.ts";
import { Flow } from "./pipe_flow.ts";
import { withRouters } from "./pipe_scene.ts";
import { udpInfo } from "./support.ts";

const packets = 300;
// Of the same delay, so that nothing overtakes.
const calm = { ...perfect, delayMs: 2 };
const lossy = { ...calm, loss: 0.1 };

interface Joined {
  relay: Relay;
  local: PipeTransport;
  remote: PipeTransport;
}

/** Pipe transports as two processes have them, each with the relay for its other end. */
async function join(from: Router, to: Router, enableRtx: boolean): Promise<Joined> {
  const options = { listenInfo: udpInfo, enableRtx, enableSrtp: true };
  const local = await from.createPipeTransport(options);
  const remote = await to.createPipeTransport(options);
  const relay = await Relay.start(remote.tuple.localPort, calm, 7);
  const ip = "127.0.0.1";
  await local.connect({ ip, port: relay.port, srtpParameters: remote.srtpParameters });
  const port = await relay.portFor(ip, local.tuple.localPort);
  await remote.connect({ ip, port, srtpParameters: local.srtpParameters });
  return { relay, local, remote };
}

async function pipe({ local, remote }: Joined, { id }: Producer): Promise<Producer> {
  const { kind, rtpParameters } = await local.consume({ producerId: id });
  return await remote.produce({ id, kind, rtpParameters });
}

/**
 * Passes packets at the pace of a sender with a clock. Whether the far receiver keeps up cannot be
 * waited for, as some are lost; but what overflows its socket would be lost where nobody counts.
 */
async function passPaced(flow: Flow, count: number): Promise<void> {
  for (let passed = 0; passed < count; passed += 20) {
    await flow.pass(20, [flow.receivers[1]]);
    await delay(5 * calm.delayMs);
  }
}

for (const enableRtx of [true, false]) {
  test(
    `losses on the way are ${enableRtx ? "repaired with RTX" : "passed on without RTX"}`,
    withRouters(async ({ from, to }) => {
      const joined = await join(from, to, enableRtx);
      const flow = await Flow.open(from);
      try {
        const piped = await pipe(joined, flow.producer);
        await flow.addReceiver(to, piped.id);
        await flow.addReceiver(from, flow.producer.id);
        const [far, near] = flow.receivers;
        await flow.pass(20);
        joined.relay.link = lossy;
        await passPaced(flow, packets);
        joined.relay.link = calm;
        await flow.pass(20, [near]);
        if (enableRtx) {
          await far.count(packets + 40);
          const numbers = far.received.map(({ payload }) =>
            payload.readUInt16BE(payload.length - 2)
          );
          assert.equal(new Set(numbers).size, packets + 40);
          const [inbound] = await piped.getStats();
          assert(inbound.packetsRepaired >= 10, `${inbound.packetsRepaired} of ${packets}`);
        } else {
          const last = packets + 40;
          await far.until(() =>
            far.received.some(({ payload }) => payload.readUInt16BE(payload.length - 2) === last)
          );
          const [inbound] = await piped.getStats();
          assert(inbound.packetCount <= last - 10, `${inbound.packetCount} of ${last}`);
          assert.equal(inbound.packetsRepaired, 0);
          assert.equal(far.received.length, inbound.packetCount);
        }
      } finally {
        flow.close();
        joined.relay.close();
      }
    }),
  );
}

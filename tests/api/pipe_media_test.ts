/** Packets from a router to another, by link and over UDP. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { PipeToRouterOptions, Producer, Router } from "../../sfu/types.ts";
import { Flow } from "./pipe_flow.ts";
import { withRouters } from "./pipe_scene.ts";
import { next, udpInfo, videoOptions, wrong } from "./support.ts";

const packets = 200;

const ways: [name: string, options: Partial<PipeToRouterOptions>][] = [
  ["a link", {}],
  ["a link with RTX", { enableRtx: true }],
  ["UDP", { listenInfo: udpInfo }],
  ["UDP with RTX", { listenInfo: udpInfo, enableRtx: true }],
  ["UDP of IPv6", { listenInfo: { protocol: "udp", ip: "::1" } }],
  ["UDP of all addresses, one of them announced", {
    listenInfo: { protocol: "udp", ip: "0.0.0.0", announcedAddress: "example.org" },
  }],
  ["UDP of all addresses of IPv6", { listenInfo: { protocol: "udp", ip: "::" } }],
  ["SRTP", { enableSrtp: true }],
  ["SRTP with RTX, of IPv6", {
    listenInfo: { protocol: "udp", ip: "::1" },
    enableSrtp: true,
    enableRtx: true,
  }],
];

async function pipe(
  from: Router,
  to: Router,
  { id: producerId }: Producer,
  more: Partial<PipeToRouterOptions> = {},
): Promise<Producer> {
  const options = wrong({ producerId, router: to, ...more });
  const { pipeProducer } = await from.pipeToRouter(options);
  assert(pipeProducer);
  return pipeProducer;
}

/** Runs a test with media that enters `from`. */
function withFlow(
  run: (flow: Flow, from: Router, to: Router) => Promise<void>,
  where?: "two workers" | "one worker",
): () => Promise<void> {
  return withRouters(async ({ from, to }) => {
    const flow = await Flow.open(from);
    try {
      await run(flow, from, to);
    } finally {
      flow.close();
    }
  }, where);
}

for (const [name, options] of ways) {
  test(
    `each packet passes once and in order, by ${name}`,
    withFlow(async (flow, from, to) => {
      const piped = await pipe(from, to, flow.producer, options);
      await flow.addReceiver(to, piped.id);
      await flow.pass(packets);
      flow.assertComplete();
      const [inbound] = await piped.getStats();
      assert.equal(inbound.packetCount, packets);
      assert.equal(inbound.packetsLost, 0);
    }),
  );
}

for (const listenInfo of [undefined, udpInfo]) {
  test(
    `each packet passes between routers of one worker, by ${listenInfo ? "UDP" : "a link"}`,
    withFlow(async (flow, from, to) => {
      const piped = await pipe(from, to, flow.producer, wrong({ listenInfo, keepId: false }));
      await flow.addReceiver(to, piped.id);
      await flow.pass(packets);
      flow.assertComplete();
    }, "one worker"),
  );
}

test(
  "sixteen consumers on the second worker get every packet, and so do those of the first",
  withFlow(async (flow, from, to) => {
    await pipe(from, to, flow.producer);
    for (let i = 0; i < 16; ++i) await flow.addReceiver(to, flow.producer.id);
    await flow.addReceiver(from, flow.producer.id);
    await flow.pass(packets);
    flow.assertComplete();
  }),
);

for (const [name, options] of ways.filter(([name]) => !name.includes("RTX"))) {
  test(
    `a key frame request of the second router reaches the sender, by ${name}`,
    withFlow(async (flow, from, to) => {
      const piped = await pipe(from, to, flow.producer, options);
      // The sender's address is known from its first packet on.
      const found = next(flow.ingress, "tuple");
      await flow.send(true);
      await found;
      await flow.producer.enableTraceEvent(["pli"]);
      await piped.enableTraceEvent(["pli"]);
      const before = flow.keyFrameRequests;
      const traced = [next(flow.producer, "trace"), next(piped, "trace")];
      await flow.addReceiver(to, piped.id);
      await flow.keyFrameRequested(before);
      await Promise.all(traced);
    }),
  );
}

test(
  "nothing passes while either end of the pipe is paused, and a key frame is asked for after",
  withFlow(async (flow, from, to) => {
    const piped = await pipe(from, to, flow.producer);
    await flow.addReceiver(to, piped.id);
    await flow.addReceiver(from, flow.producer.id);
    await flow.pass(3);
    await piped.pause();
    const [far, near] = flow.receivers;
    for (let i = 1; i <= 5; ++i) {
      await flow.send(false);
      await near.count(3 + i);
    }
    const before = flow.keyFrameRequests;
    await piped.resume();
    await flow.keyFrameRequested(before);
    await flow.send(true);
    await far.count(4);
    assert.equal(far.received.length, 4);
    const numbers = far.received.map(({ payload }) => payload.readUInt16BE(payload.length - 2));
    assert.deepEqual(numbers, [1, 2, 3, 9]);
  }),
);

test(
  "many producers of many routers pass through their own pairs",
  withRouters(async ({ workers, from, to }) => {
    const third = await workers[1].createRouter({
      mediaCodecs: [{ kind: "video", mimeType: "video/VP8", clockRate: 90000 }],
    });
    const flow = await Flow.open(from);
    const other = await from.createPlainTransport({ listenInfo: udpInfo, comedia: true });
    const quiet = await other.produce(videoOptions(33333333));
    try {
      for (const router of [to, third]) {
        await pipe(from, router, flow.producer);
        await pipe(from, router, quiet);
        await flow.addReceiver(router, flow.producer.id);
      }
      await flow.pass(packets);
      flow.assertComplete();
      const [stats] = await quiet.getStats();
      assert.equal(stats, undefined);
    } finally {
      flow.close();
    }
  }),
);

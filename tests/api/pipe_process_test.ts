/** A pipe between two processes: this one, and one that runs on the other runtime. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Consumer, PlainTransport } from "../../sfu/types.ts";
import type { Answer, Offer } from "./children/pipe_process.ts";
import { Endpoint } from "./media_scene.ts";
import { Flow } from "./pipe_flow.ts";
import { udpInfo, withScene } from "./support.ts";

const pathOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** RFC 4585, 6.3.1. */
function pli(ssrc: number): Buffer {
  const packet = Buffer.from([0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0]);
  packet.writeUInt32BE(ssrc, 8);
  return packet;
}

function startOther(): ChildProcess {
  const [runtime, ...flags] = "bun" in process.versions
    ? ["deno", "run", "-A", "--no-check"]
    : ["bun", "run"];
  return spawn(
    pathOf(`../../node_modules/.bin/${runtime}`),
    [...flags, pathOf("children/pipe_process.ts")],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
}

for (
  const [how, options] of [
    ["plain", {}],
    ["SRTP and RTX", { enableSrtp: true, enableRtx: true }],
  ] as [string, { enableSrtp?: boolean; enableRtx?: boolean }][]
) {
  test(
    `a producer of this process is consumed in one of the other runtime, by ${how}`,
    withScene(async ({ router }) => {
      const child = startOther();
      const ended = once(child, "exit");
      const flow = await Flow.open(router);
      const receiver = new Endpoint();
      flow.receivers.push(receiver);
      try {
        const pipe = await router.createPipeTransport({ listenInfo: udpInfo, ...options });
        const piped = await pipe.consume({ producerId: flow.producer.id });
        const offer: Offer = {
          tuple: pipe.tuple,
          srtpParameters: pipe.srtpParameters,
          enableRtx: options.enableRtx ?? false,
          producer: {
            id: flow.producer.id,
            kind: piped.kind,
            rtpParameters: piped.rtpParameters,
          },
          receiverPort: await receiver.open(),
        };
        const answered = once(createInterface({ input: child.stdout! }), "line");
        child.stdin!.write(`${JSON.stringify(offer)}\n`);
        const answer: Answer = JSON.parse((await answered)[0]);
        assert.equal(answer.consumer.producerId, flow.producer.id);
        assert.equal(answer.srtpParameters !== undefined, options.enableSrtp ?? false);

        const { tuple: { localAddress: ip, localPort: port }, srtpParameters } = answer;
        await pipe.connect({ ip, port, srtpParameters });
        flow.consumers.push(answer.consumer as unknown as Consumer);
        await flow.pass(300);
        flow.assertComplete();

        // What the receiver asks for comes all the way to the sender.
        const before = flow.keyFrameRequests;
        const { ssrc } = answer.consumer.rtpParameters.encodings![0];
        await receiver.send(pli(ssrc!), { tuple: answer.egress } as PlainTransport);
        await flow.keyFrameRequested(before);
      } finally {
        flow.close();
        child.stdin!.end();
      }
      assert.deepEqual(await ended, [0, null]);
    }),
  );
}

/** Every stream of a simulcast producer passes a pipe. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { PipeToRouterOptions, ProducerOptions } from "../../sfu/types.ts";
import { Endpoint } from "./media_scene.ts";
import { videoPacket } from "./pipe_flow.ts";
import { withRouters } from "./pipe_scene.ts";
import { next, udpInfo, videoOptions } from "./support.ts";

const ssrcs = [22222222, 22222224, 22222226];

function simulcast(): ProducerOptions {
  const options = videoOptions();
  options.rtpParameters.encodings = ssrcs.map((ssrc) => ({
    ssrc,
    rtx: { ssrc: ssrc + 1 },
    scalabilityMode: "L1T3",
  }));
  return options;
}

for (
  const [way, more] of [
    ["a link", {}],
    ["SRTP with RTX", { enableSrtp: true, enableRtx: true }],
  ] as [string, Partial<PipeToRouterOptions>][]
) {
  test(
    `the streams of a simulcast producer pass side by side, by ${way}`,
    withRouters(async ({ from, to }) => {
      const sender = new Endpoint();
      await sender.open();
      try {
        const ingress = await from.createPlainTransport({ listenInfo: udpInfo, comedia: true });
        const producer = await ingress.produce(simulcast());
        assert.equal(producer.type, "simulcast");
        const options = { producerId: producer.id, router: to, ...more } as PipeToRouterOptions;
        const { pipeConsumer, pipeProducer } = await from.pipeToRouter(options);
        assert(pipeConsumer && pipeProducer);
        assert.equal(pipeConsumer.type, "pipe");
        assert.equal(pipeProducer.type, "simulcast");
        assert.equal(pipeProducer.rtpParameters.encodings?.length, ssrcs.length);
        await pipeProducer.enableTraceEvent(["rtp"]);
        for (let i = 0; i < 10; ++i) {
          for (const ssrc of ssrcs) {
            const packet = videoPacket(100 + i, i === 0);
            packet.writeUInt32BE(ssrc, 8);
            const arrived = next(pipeProducer, "trace");
            await sender.send(packet, ingress);
            await arrived;
          }
        }
        const encodings = pipeConsumer.rtpParameters.encodings ?? [];
        const stats = await pipeProducer.getStats();
        assert.deepEqual(stats.map(({ ssrc }) => ssrc), encodings.map(({ ssrc }) => ssrc));
        assert.deepEqual(stats.map(({ packetCount }) => packetCount), [10, 10, 10]);
        assert.deepEqual(stats.map(({ packetsLost }) => packetsLost), [0, 0, 0]);
        const sent = (await pipeConsumer.getStats()).filter(({ type }) => type === "outbound-rtp");
        assert.deepEqual(sent.map(({ packetCount }) => packetCount), [10, 10, 10]);
      } finally {
        sender.close();
      }
    }),
  );
}

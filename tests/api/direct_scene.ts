/** A router with direct transports: what enters it, and what leaves it. */
import type { Consumer, DirectTransport, Producer, ProducerOptions } from "../../sfu/types.ts";
import { readRtp, type Rtp } from "./rtp.ts";
import { audioOptions, consumerCapabilities, type Scene, withScene } from "./support.ts";

export interface DirectScene extends Scene {
  ingress: DirectTransport;
  egress: DirectTransport;
  producer: Producer;
  consumer: Consumer;
  /** What the consumer's `rtp` events brought so far. */
  received: Rtp[];
}

/** Runs a test with a worker of its own, which is closed whatever happens. */
export function withDirect(
  run: (scene: DirectScene) => Promise<void>,
  options: ProducerOptions = audioOptions(),
): () => Promise<void> {
  return withScene(async (scene) => {
    const { router } = scene;
    const ingress = await router.createDirectTransport();
    const egress = await router.createDirectTransport();
    const producer = await ingress.produce(options);
    const consumer = await egress.consume({
      producerId: producer.id,
      rtpCapabilities: consumerCapabilities,
    });
    const received: Rtp[] = [];
    consumer.on("rtp", (packet) => {
      const rtp = readRtp(packet);
      if (rtp) received.push(rtp);
    });
    await run({ ...scene, ingress, egress, producer, consumer, received });
  });
}

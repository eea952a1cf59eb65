/** A router with direct transports: what enters it, and what leaves it. */
import type { Buffer } from "node:buffer";
import type {
  Consumer,
  DataConsumer,
  DataProducer,
  DirectTransport,
  Producer,
  ProducerOptions,
} from "../../sfu/types.ts";
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

export interface DataScene extends Scene {
  ingress: DirectTransport;
  egress: DirectTransport;
  dataProducer: DataProducer;
  dataConsumer: DataConsumer;
  /** What the data consumer's `message` events brought so far. */
  received: [Buffer, number][];
}

/** The same for messages. */
export function withData(run: (scene: DataScene) => Promise<void>): () => Promise<void> {
  return withScene(async (scene) => {
    const ingress = await scene.router.createDirectTransport();
    const egress = await scene.router.createDirectTransport();
    const dataProducer = await ingress.produceData({ label: "foo", protocol: "bar" });
    const dataConsumer = await egress.consumeData({ dataProducerId: dataProducer.id });
    const received: [Buffer, number][] = [];
    dataConsumer.on("message", (message, ppid) => received.push([message, ppid]));
    await run({ ...scene, ingress, egress, dataProducer, dataConsumer, received });
  });
}

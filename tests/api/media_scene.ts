/** Media through plain transports, from one socket of the test to another. */
import type { Buffer } from "node:buffer";
import { createSocket, type Socket } from "node:dgram";
import type {
  Consumer,
  PlainTransport,
  Producer,
  ProducerOptions,
  Router,
} from "../../sfu/types.ts";
import { readRtp, type Rtp } from "./rtp.ts";
import { consumerCapabilities, type Scene, udpInfo, withScene } from "./support.ts";

/** A packet that has not come by then never will, even beside a build under a sanitizer. */
const patienceMs = 120_000;

/** A UDP socket that collects the packets which reach it. */
export class Endpoint {
  readonly received: Rtp[] = [];
  readonly receivedRtcp: Buffer[] = [];
  readonly #socket: Socket = createSocket("udp4");
  #waiting: (() => void)[] = [];

  /** Returns its port. */
  async open(): Promise<number> {
    this.#socket.on("message", (message: Buffer) => {
      const rtp = readRtp(message);
      if (rtp) this.received.push(rtp);
      else this.receivedRtcp.push(message);
      for (const wake of this.#waiting.splice(0)) wake();
    });
    await new Promise<void>((done) => this.#socket.bind(0, "127.0.0.1", done));
    return this.#socket.address().port;
  }

  send(packet: Buffer, to: PlainTransport): Promise<void> {
    return new Promise((done, fail) =>
      this.#socket.send(
        packet,
        to.tuple.localPort,
        "127.0.0.1",
        (error: Error | null) => error ? fail(error) : done(),
      )
    );
  }

  /** Resolves when that many packets have arrived. */
  count(packets: number): Promise<void> {
    return this.until(() => this.received.length >= packets);
  }

  /** Resolves when a packet has made it so; rejects when none does. */
  async until(holds: () => boolean): Promise<void> {
    if (holds()) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const lost = new Promise<never>((_, fail) => {
      timer = setTimeout(() => fail(new Error(this.#foundMissing())), patienceMs);
    });
    try {
      while (!holds()) {
        await Promise.race([lost, new Promise<void>((done) => this.#waiting.push(done))]);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  #foundMissing(): string {
    const { received, receivedRtcp } = this;
    return `nothing more came: ${received.length} RTP packets, the last one ` +
      `${received.at(-1)?.sequenceNumber}, and ${receivedRtcp.length} of RTCP`;
  }

  close(): void {
    this.#socket.close();
  }
}

/** Where media enters a router, how it leaves, and who is at both ends. */
export interface MediaScene {
  sender: Endpoint;
  receiver: Endpoint;
  /** Finds the sender by itself. */
  ingress: PlainTransport;
  egress: PlainTransport;
  producer: Producer;
  consumer: Consumer;
  /** Closes the sockets; the rest goes with the worker. */
  close(): void;
}

export async function openMedia(router: Router, options: ProducerOptions): Promise<MediaScene> {
  const sender = new Endpoint();
  const receiver = new Endpoint();
  await sender.open();
  const port = await receiver.open();
  const ingress = await router.createPlainTransport({ listenInfo: udpInfo, comedia: true });
  const egress = await router.createPlainTransport({ listenInfo: udpInfo });
  await egress.connect({ ip: "127.0.0.1", port });
  const producer = await ingress.produce(options);
  const consumer = await egress.consume({
    producerId: producer.id,
    rtpCapabilities: consumerCapabilities,
  });
  const close = (): void => {
    sender.close();
    receiver.close();
  };
  return { sender, receiver, ingress, egress, producer, consumer, close };
}

/** Runs a test with a worker, a router and media of its own, which end whatever happens. */
export function withMedia(
  options: ProducerOptions,
  run: (media: MediaScene & Scene) => Promise<void>,
): () => Promise<void> {
  return withScene(async (scene) => {
    const media = await openMedia(scene.router, options);
    try {
      await run({ ...scene, ...media });
    } finally {
      media.close();
    }
  });
}

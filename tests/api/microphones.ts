/** People who send audio through one plain transport, each as loud as the test says. */
import { Buffer } from "node:buffer";
import type { PlainTransport, Producer, Router } from "../../sfu/types.ts";
import { Endpoint } from "./media_scene.ts";
import { audioOptions, type Scene, udpInfo, withScene } from "./support.ts";

const packetMs = 20;

/** Opus with a level, dBov, under the id 12 that `audioOptions()` has (RFC 6464, 3; RFC 8285, 4.2). */
function audioPacketWithLevel(ssrc: number, sequenceNumber: number, dbov: number): Buffer {
  const packet = Buffer.alloc(28);
  packet[0] = 0x90;
  packet[1] = 111;
  packet.writeUInt16BE(sequenceNumber & 0xffff, 2);
  packet.writeUInt32BE(960 * sequenceNumber, 4);
  packet.writeUInt32BE(ssrc, 8);
  packet.writeUInt32BE(0xbede0001, 12);
  packet[16] = 12 << 4;
  packet[17] = 0x80 | -dbov;
  return packet;
}

export class Microphones {
  readonly #transport: PlainTransport;
  readonly #endpoint: Endpoint;
  readonly #levels: (number | undefined)[] = [];
  readonly #timer: ReturnType<typeof setInterval>;
  #sequenceNumber = 0;

  static async open(router: Router): Promise<Microphones> {
    const endpoint = new Endpoint();
    await endpoint.open();
    const transport = await router.createPlainTransport({ listenInfo: udpInfo, comedia: true });
    return new Microphones(transport, endpoint);
  }

  private constructor(transport: PlainTransport, endpoint: Endpoint) {
    this.#transport = transport;
    this.#endpoint = endpoint;
    this.#timer = setInterval(() => this.#send(), packetMs);
  }

  /** One more person, who sends nothing yet. */
  produce(): Promise<Producer> {
    const options = audioOptions(this.#ssrcOf(this.#levels.push(undefined) - 1));
    options.rtpParameters.mid = `${this.#levels.length}`;
    return this.#transport.produce(options);
  }

  /** From now on the n-th person is that loud, dBov; `undefined` sends nothing. */
  set(...levels: (number | undefined)[]): void {
    this.#levels.splice(0, levels.length, ...levels);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#endpoint.close();
  }

  #ssrcOf(index: number): number {
    return 5000 + index;
  }

  #send(): void {
    this.#sequenceNumber += 1;
    for (const [index, level] of this.#levels.entries()) {
      if (level === undefined) continue;
      const packet = audioPacketWithLevel(this.#ssrcOf(index), this.#sequenceNumber, level);
      this.#endpoint.send(packet, this.#transport).catch(() => {});
    }
  }
}

/** Runs a test with a worker, a router and microphones of its own, which end whatever happens. */
export function withMicrophones(
  run: (scene: Scene & { microphones: Microphones }) => Promise<void>,
): () => Promise<void> {
  return withScene(async (scene) => {
    const microphones = await Microphones.open(scene.router);
    try {
      await run({ ...scene, microphones });
    } finally {
      microphones.close();
    }
  });
}

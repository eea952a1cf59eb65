/**
 * A bad network between clients and a server: a UDP relay with delay, loss, reordering and a limited
 * rate. The seed and the order of the packets determine what happens to each packet.
 */
import { Buffer } from "node:buffer";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";

export interface Link {
  /** In one direction. */
  delayMs: number;
  /** The share of the packets that are lost, from 0 to 1. */
  loss: number;
  /** The share of the packets that take `reorderMs` longer than the others, from 0 to 1. */
  reorder: number;
  reorderMs: number;
  /** Bits per second; Infinity for no limit. What would wait longer than `queueMs` is dropped. */
  rate: number;
  queueMs: number;
}

export const perfect: Link = {
  delayMs: 0,
  loss: 0,
  reorder: 0,
  reorderMs: 0,
  rate: Infinity,
  queueMs: 200,
};

/** One direction of one client. It reads no clock. */
export class Lane {
  #busyUntilMs = 0;

  /** Milliseconds after `now` at which a packet arrives; undefined if it is dropped. */
  arrival(now: number, bytes: number, link: Link, random: () => number): number | undefined {
    // Every packet takes two numbers, so that the loss does not change which ones are reordered.
    const [lossAt, reorderAt] = [random(), random()];
    if (lossAt < link.loss) return undefined;
    const begin = Math.max(now, this.#busyUntilMs);
    if (begin - now > link.queueMs) return undefined;
    this.#busyUntilMs = begin + (link.rate === Infinity ? 0 : bytes * 8000 / link.rate);
    const late = reorderAt < link.reorder ? link.reorderMs : 0;
    return this.#busyUntilMs - now + link.delayMs + late;
  }
}

interface Client {
  back: Socket;
  up: Lane;
  down: Lane;
}

/** Sends one packet and calls back when the kernel has taken it. */
type Send = (sent: () => void) => void;

export class Relay {
  /** Set at any time. */
  link: Link;
  readonly port: number;
  forwarded = 0;
  dropped = 0;
  /** Is called with each packet of a client, before the relay delays or drops it. */
  onClientPacket: ((packet: Buffer) => void) | undefined;
  #front: Socket;
  #serverPort: number;
  #random: () => number;
  /** A socket towards the server for each client's address. */
  #clients = new Map<string, Client>();
  /** Packets under way, sorted so that the next to arrive is last; ties keep their order of sending. */
  #flying: { atMs: number; send: Send }[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #sending = false;
  #closed = false;

  private constructor(front: Socket, serverPort: number, link: Link, seed: number) {
    this.#front = front;
    this.port = front.address().port;
    this.#serverPort = serverPort;
    this.link = link;
    this.#random = randomNumbers(seed);
    front.on("message", (packet, { address, port }) => this.#fromClient(packet, address, port));
  }

  /** Relays between whoever sends to its port and a port on this machine. */
  static async start(serverPort: number, link: Link, seed: number): Promise<Relay> {
    const front = createSocket("udp4");
    front.bind(0, "127.0.0.1");
    await once(front, "listening");
    return new Relay(front, serverPort, link, seed);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#front.close();
    for (const { back } of this.#clients.values()) back.close();
  }

  /** The port at which the server will see a client that has sent nothing so far. */
  async portFor(address: string, port: number): Promise<number> {
    const { back } = this.#clientAt(address, port);
    back.bind(0, "127.0.0.1");
    await once(back, "listening");
    return back.address().port;
  }

  #clientAt(address: string, port: number): Client {
    const key = `${address}:${port}`;
    let client = this.#clients.get(key);
    if (!client) {
      const back = createSocket("udp4");
      const down = new Lane();
      client = { back, up: new Lane(), down };
      this.#clients.set(key, client);
      back.on("message", (answer) => {
        this.#deliver(answer, down, (sent) => this.#front.send(answer, port, address, sent));
      });
    }
    return client;
  }

  #fromClient(packet: Buffer, address: string, port: number): void {
    this.onClientPacket?.(packet);
    const { back, up } = this.#clientAt(address, port);
    this.#deliver(packet, up, (sent) => back.send(packet, this.#serverPort, "127.0.0.1", sent));
  }

  #deliver(packet: Buffer, lane: Lane, send: Send): void {
    const now = performance.now();
    const delayMs = lane.arrival(now, packet.length, this.link, this.#random);
    if (delayMs === undefined) {
      this.dropped += 1;
      return;
    }
    this.forwarded += 1;
    const atMs = now + delayMs;
    let index = this.#flying.length;
    while (index > 0 && this.#flying[index - 1].atMs <= atMs) index -= 1;
    this.#flying.splice(index, 0, { atMs, send });
    if (index === this.#flying.length - 1 && !this.#sending) this.#waitForNext();
  }

  /** One timer for all: with a timer each, packets due in the same millisecond could be reordered. */
  #waitForNext(): void {
    clearTimeout(this.#timer);
    const next = this.#flying.at(-1);
    if (!next || this.#closed) return;
    const waitMs = Math.max(0, next.atMs - performance.now());
    this.#timer = setTimeout(() => this.#sendDue(), waitMs);
  }

  /** Waits for each send: Deno, for one, does not keep the order of sends that overlap. */
  async #sendDue(): Promise<void> {
    this.#sending = true;
    while (!this.#closed && (this.#flying.at(-1)?.atMs ?? Infinity) <= performance.now()) {
      const { send } = this.#flying.pop()!;
      await new Promise<void>((resolve) => send(() => resolve()));
    }
    this.#sending = false;
    this.#waitForNext();
  }
}

/** Mulberry32: small, and the same on every machine. Numbers from 0 to 1. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

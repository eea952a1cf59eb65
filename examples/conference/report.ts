/** Counts the server's work, for the line that it prints every few seconds. */
import process from "node:process";
import type { types } from "../../mod.ts";

/** The server as the report sees it. */
export interface Observed {
  people: number;
  producers: number;
  consumers: Iterable<types.Consumer>;
}

export class Report {
  #at = performance.now();
  #cpu = process.cpuUsage();
  /** Packets that each consumer had sent at the last line. */
  #packets = new WeakMap<types.Consumer, number>();

  /** One line about the time since the last line. */
  async line({ people, producers, consumers }: Observed): Promise<string> {
    let count = 0;
    let packets = 0;
    for (const consumer of [...consumers]) {
      if (consumer.closed) continue;
      count += 1;
      packets += await this.#newPackets(consumer);
    }
    const now = performance.now();
    const seconds = (now - this.#at) / 1000;
    const { user, system } = process.cpuUsage(this.#cpu);
    this.#at = now;
    this.#cpu = process.cpuUsage();
    const rate = Math.round(packets / seconds).toLocaleString("en");
    const cpu = ((user + system) / 1e4 / seconds).toFixed(1);
    return `${people} ${people === 1 ? "person" : "people"}, ${producers} streams in, ` +
      `${count} streams out, ` +
      `${rate} packets/s forwarded, CPU ${cpu} %`;
  }

  async #newPackets(consumer: types.Consumer): Promise<number> {
    let sent = 0;
    try {
      for (const stat of await consumer.getStats()) {
        if (stat.type === "outbound-rtp") sent += stat.packetCount;
      }
    } catch {
      return 0; // It has closed meanwhile.
    }
    const before = this.#packets.get(consumer) ?? 0;
    this.#packets.set(consumer, sent);
    return Math.max(0, sent - before);
  }
}

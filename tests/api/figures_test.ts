/** Whether statistics are true: bitrates, loss, jitter and round trips against a reference. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import type { PlainTransport, ProducerOptions } from "../../sfu/types.ts";
import type { Endpoint } from "./media_scene.ts";
import { withMedia } from "./media_scene.ts";
import { writeRtp } from "./rtp.ts";
import { audioOptions } from "./support.ts";

const payloadType = 111;
const ssrc = 11111111;
const clockRate = 48000;
const packetBytes = 212;
const packetsPerSecond = 500;
/** By so much every other timestamp is late: jitter that the network cannot hide. */
const lateTicks = 480;
/** Every so many numbers one is left out. */
const lossEvery = 10;

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** Sends steadily, and keeps what it sent and when. */
class Sender {
  /** Milliseconds, by packet. */
  readonly times: number[] = [];
  lost = 0;
  jitter = 0;
  #number = 0;
  #transit: number | undefined;
  #ended = false;
  readonly #done: Promise<void>;

  constructor(private readonly endpoint: Endpoint, private readonly to: PlainTransport) {
    this.#done = this.#run();
  }

  /** Bits a second over a window that ends now. */
  bitrate(windowMs: number, bytes = packetBytes): number {
    const from = performance.now() - windowMs;
    return this.times.filter((at) => at > from).length * bytes * 8 * 1000 / windowMs;
  }

  stop(): Promise<void> {
    this.#ended = true;
    return this.#done;
  }

  async #run(): Promise<void> {
    const began = performance.now();
    for (let sent = 0; !this.#ended; await pause(2)) {
      const due = (performance.now() - began) * packetsPerSecond / 1000;
      for (; sent < due; ++sent) await this.#send(began, sent);
    }
  }

  async #send(began: number, index: number): Promise<void> {
    const sequenceNumber = ++this.#number;
    if (sequenceNumber % lossEvery === 0 && sequenceNumber > 1) {
      ++this.lost;
      return;
    }
    // The clock of the sender runs with ours, but for what is late on purpose.
    const now = performance.now();
    const ticks = Math.round((now - began) * clockRate / 1000);
    const timestamp = ticks + (index % 2) * lateTicks;
    await this.endpoint.send(
      writeRtp({
        payloadType,
        sequenceNumber: sequenceNumber & 0xffff,
        timestamp,
        ssrc,
        payload: Buffer.alloc(packetBytes - 12, 0x78),
      }),
      this.to,
    );
    this.times.push(now);
    // RFC 3550, 6.4.1.
    const transit = now * clockRate / 1000 - timestamp;
    const change = Math.abs(transit - (this.#transit ?? transit));
    this.jitter += (change - this.jitter) / 16;
    this.#transit = transit;
  }
}

/** The middle of some looks: at one of them the machine may have been busy. */
function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1];
}

function assertNear(actual: number, expected: number, share: number, what: string): void {
  assert(
    Math.abs(actual - expected) <= expected * share,
    `${what}: ${actual} instead of ${expected}`,
  );
}

const options: ProducerOptions = audioOptions(ssrc);
options.rtpParameters.encodings = [{ ssrc }];

test(
  "bitrates are within 2 % of what was sent, loss and jitter within 5 % of a reference",
  withMedia(options, async ({ sender, receiver, ingress, egress, producer, consumer }) => {
    const source = new Sender(sender, ingress);
    const ratios: Record<string, number[]> = {};
    const note = (what: string, ratio: number): void => void (ratios[what] ??= []).push(ratio);
    // A consumer's packets have its MID in them.
    const sentBytes = (): number => receiver.received[0].bytes!;
    // The longest window has filled.
    await pause(3500);
    for (let look = 0; look < 15; ++look) {
      await pause(100);
      const [inbound] = await producer.getStats();
      note("producer", inbound.bitrate / source.bitrate(2500));
      note("layer", inbound.bitrateByLayer["0.0"] / source.bitrate(2500));
      note("jitter", inbound.jitter / source.jitter);
      note("fractionLost", inbound.fractionLost / (256 / lossEvery));
      const [outbound] = await consumer.getStats();
      note("consumer", outbound.bitrate / source.bitrate(1000, sentBytes()));
      const [arrived] = await ingress.getStats();
      note("ingress", arrived.rtpRecvBitrate / source.bitrate(1000));
      const [left] = await egress.getStats();
      note("egress", left.rtpSendBitrate / source.bitrate(1000, sentBytes()));
    }
    await source.stop();
    for (const what of ["producer", "layer", "consumer", "ingress", "egress"]) {
      assertNear(median(ratios[what]), 1, 0.02, what);
    }
    for (const what of ["jitter", "fractionLost"]) {
      assertNear(median(ratios[what]), 1, 0.05, what);
    }
    await receiver.count(source.times.length);

    // The count of what was lost is that of the last report.
    const reports = sender.receivedRtcp.length;
    await sender.until(() => sender.receivedRtcp.length >= reports + 1);
    const [inbound] = await producer.getStats();
    assert.equal(inbound.packetCount, source.times.length);
    assert.equal(inbound.byteCount, source.times.length * packetBytes);
    // The last number may have been left out: nobody can know that it was lost.
    assert([source.lost, source.lost - 1].includes(inbound.packetsLost), `${inbound.packetsLost}`);
  }),
);

test(
  "a consumer's loss, jitter and round trip are those of the receiver's reports",
  withMedia(options, async ({ sender, receiver, ingress, egress, consumer }) => {
    const source = new Sender(sender, ingress);
    const isReport = (rtcp: Buffer): boolean => rtcp[1] === 200;
    await receiver.until(() => receiver.receivedRtcp.some(isReport));
    const heardAt = performance.now();
    const report = receiver.receivedRtcp.find(isReport)!;
    await pause(150);
    const answer = Buffer.alloc(32);
    answer.writeUInt32BE(0x81c90007, 0);
    answer.writeUInt32BE(1, 4);
    answer.writeUInt32BE(consumer.rtpParameters.encodings![0].ssrc!, 8);
    answer.writeUInt32BE(0x40000007, 12); // A quarter of the packets; seven in all.
    answer.writeUInt32BE(20, 16);
    answer.writeUInt32BE(123, 20);
    answer.writeUInt32BE(report.readUInt32BE(10), 24); // The middle of its NTP time.
    const roundTripMs = performance.now() - heardAt;
    await receiver.send(answer, egress);
    let [outbound] = await consumer.getStats();
    while (outbound.packetsLost === 0) {
      await pause(5);
      [outbound] = await consumer.getStats();
    }
    await source.stop();
    assert.equal(outbound.packetsLost, 7);
    assert.equal(outbound.fractionLost, 64);
    assert.equal(outbound.jitter, 123);
    const { roundTripTime } = outbound;
    assert(roundTripTime !== undefined && Math.abs(roundTripTime - roundTripMs) < 50);
  }),
);

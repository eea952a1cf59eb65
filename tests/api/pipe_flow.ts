/** Media through two routers: a sender at the first, receivers at the second. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { Consumer, PlainTransport, Producer, Router } from "../../sfu/types.ts";
import { Endpoint } from "./media_scene.ts";
import { writeRtp } from "./rtp.ts";
import { consumerCapabilities, udpInfo, videoOptions } from "./support.ts";

/** What may be under way at once: far below what a socket's buffer holds. */
const windowPackets = 20;

/** RFC 4585, 6.3.1. */
const isPli = (rtcp: Buffer): boolean => (rtcp[0] & 0x1f) === 1 && rtcp[1] === 206;

/** A packet of VP8 that tells its number: the first of a key frame, or one of another frame. */
export function videoPacket(sequenceNumber: number, isKeyFrame: boolean): Buffer {
  // Descriptor (RFC 7741, 4.2), frame tag with P inverted, start code, size.
  const frame = [0x10, isKeyFrame ? 0x10 : 0x11, 0x02, 0x00, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xf0, 0];
  return writeRtp({
    payloadType: 112,
    sequenceNumber,
    timestamp: 3000 * sequenceNumber,
    ssrc: 22222222,
    payload: Buffer.from([...frame, sequenceNumber >> 8, sequenceNumber & 0xff]),
  });
}

export class Flow {
  readonly sender = new Endpoint();
  readonly receivers: Endpoint[] = [];
  readonly consumers: Consumer[] = [];
  readonly ingress: PlainTransport;
  readonly producer: Producer;
  #sequenceNumber = 0;

  private constructor(ingress: PlainTransport, producer: Producer) {
    this.ingress = ingress;
    this.producer = producer;
  }

  static async open(from: Router): Promise<Flow> {
    const ingress = await from.createPlainTransport({ listenInfo: udpInfo, comedia: true });
    const producer = await ingress.produce(videoOptions());
    const flow = new Flow(ingress, producer);
    await flow.sender.open();
    return flow;
  }

  /** Adds an endpoint that receives the piped producer. */
  async addReceiver(to: Router, producerId: string): Promise<Consumer> {
    const receiver = new Endpoint();
    this.receivers.push(receiver);
    const port = await receiver.open();
    const egress = await to.createPlainTransport({ listenInfo: udpInfo });
    await egress.connect({ ip: "127.0.0.1", port });
    const consumer = await egress.consume({ producerId, rtpCapabilities: consumerCapabilities });
    this.consumers.push(consumer);
    return consumer;
  }

  /** Sends that many packets, a key frame first, and waits until these receivers have them. */
  async pass(packets: number, receivers: Endpoint[] = this.receivers): Promise<void> {
    for (let sent = 0; sent < packets; ++sent) {
      await this.send(sent === 0);
      if (sent % windowPackets === 0) await this.#arrived(receivers);
    }
    await this.#arrived(receivers);
  }

  send(isKeyFrame: boolean): Promise<void> {
    return this.sender.send(videoPacket(++this.#sequenceNumber, isKeyFrame), this.ingress);
  }

  /** Resolves when the sender was asked for one more key frame than `before`. */
  keyFrameRequested(before: number): Promise<void> {
    return this.sender.until(() => this.keyFrameRequests > before);
  }

  get keyFrameRequests(): number {
    return this.sender.receivedRtcp.filter(isPli).length;
  }

  /** Asserts that these receivers got all that was sent, once, in order and without a gap. */
  assertComplete(receivers: Endpoint[] = this.receivers): void {
    for (const receiver of receivers) {
      const { received } = receiver;
      const consumer = this.consumers[this.receivers.indexOf(receiver)];
      const { encodings, codecs: [{ payloadType }] } = consumer.rtpParameters;
      assert.equal(received.length, this.#sequenceNumber);
      received.forEach((it, i) => {
        assert.equal(it.ssrc, encodings?.[0].ssrc);
        assert.equal(it.payloadType, payloadType);
        assert.equal(it.sequenceNumber, (received[0].sequenceNumber + i) & 0xffff);
        assert.equal(it.timestamp, (received[0].timestamp + 3000 * i) >>> 0);
        assert.equal(it.payload.readUInt16BE(it.payload.length - 2), i + 1);
      });
    }
  }

  close(): void {
    for (const endpoint of [this.sender, ...this.receivers]) endpoint.close();
  }

  async #arrived(receivers: Endpoint[]): Promise<void> {
    const sent = this.#sequenceNumber;
    await Promise.all(receivers.map((receiver) => receiver.count(sent)));
  }
}

/** A producer of a direct transport: the application makes its packets. */
import { Buffer } from "node:buffer";
import * as check from "../base/check.ts";
import type { AppData } from "../api/common.ts";
import { DirectType } from "../base/engine_client.ts";
import { ProducerImpl } from "./producer.ts";

/** As in mediasoup: a little more than an MTU of 1,500. Bytes. */
const packetMax = 1600;

/**
 * @throws TypeError Not bytes, or more than a packet may have.
 */
export function checkPacket(packet: Uint8Array, name: string): Uint8Array {
  check.bytes(packet, name);
  if (packet.length > packetMax) {
    throw new TypeError(`${name} must have at most ${packetMax} bytes`);
  }
  return packet;
}

export class DirectProducerImpl<Data extends AppData = AppData> extends ProducerImpl<Data> {
  override send(rtpPacket: Buffer): void {
    checkPacket(rtpPacket, "rtpPacket");
    this.#write(rtpPacket);
  }

  override sendBatch(rtpPackets: Buffer[]): number {
    const packets = check.array(rtpPackets, "rtpPackets");
    for (const packet of packets) checkPacket(packet, "every one of rtpPackets");
    let sent = 0;
    for (const packet of packets) sent += this.#write(packet) ? 1 : 0;
    return sent;
  }

  #write(packet: Uint8Array): boolean {
    return !this.closed && this.client.writeDirect(DirectType.RTP, this.engineId, 0, packet);
  }
}

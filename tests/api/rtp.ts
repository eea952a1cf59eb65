/** RTP packets of tests, written and read byte by byte. */
import { Buffer } from "node:buffer";

export interface Rtp {
  payloadType: number;
  sequenceNumber: number;
  timestamp: number;
  ssrc: number;
  payload: Buffer;
}

/** RFC 3550, 5.1, without CSRCs and header extensions. */
export function writeRtp(rtp: Rtp): Buffer {
  const header = Buffer.alloc(12);
  header[0] = 0x80;
  header[1] = rtp.payloadType;
  header.writeUInt16BE(rtp.sequenceNumber, 2);
  header.writeUInt32BE(rtp.timestamp, 4);
  header.writeUInt32BE(rtp.ssrc, 8);
  return Buffer.concat([header, rtp.payload]);
}

/** The same with header extensions, which are skipped; undefined for RTCP (RFC 5761, 4). */
export function readRtp(packet: Buffer): Rtp | undefined {
  const payloadType = packet[1] & 0x7f;
  if (payloadType >= 64 && payloadType <= 95) return undefined;
  const hasExtensions = (packet[0] & 0x10) !== 0;
  const start = hasExtensions ? 16 + 4 * packet.readUInt16BE(14) : 12;
  return {
    payloadType,
    sequenceNumber: packet.readUInt16BE(2),
    timestamp: packet.readUInt32BE(4),
    ssrc: packet.readUInt32BE(8),
    payload: packet.subarray(start),
  };
}

/** A packet of Opus, 20 ms after the one before. */
export function audioPacket(sequenceNumber: number): Buffer {
  return writeRtp({
    payloadType: 111,
    sequenceNumber,
    timestamp: 960 * sequenceNumber,
    ssrc: 11111111,
    payload: Buffer.from([sequenceNumber & 0xff, 1, 2, 3, 4, 5, 6, 7]),
  });
}

/** The first packet of a VP8 key frame: descriptor (RFC 7741, 4.2), frame tag, start code, size. */
export function vp8KeyFrame(sequenceNumber: number): Buffer {
  return writeRtp({
    payloadType: 112,
    sequenceNumber,
    timestamp: 3000 * sequenceNumber,
    ssrc: 22222222,
    payload: Buffer.from([0x10, 0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xf0, 0x00, 0, 0]),
  });
}

/** RTP packets of tests, written and read byte by byte. */
import { Buffer } from "node:buffer";

export interface Rtp {
  payloadType: number;
  sequenceNumber: number;
  timestamp: number;
  ssrc: number;
  payload: Buffer;
  /** Header extensions by id (RFC 8285); absent or empty: the header has none. */
  extensions?: Map<number, Buffer>;
  /** Of the whole packet, as it was read. */
  bytes?: number;
}

/** RFC 3550, 5.1, without CSRCs. */
export function writeRtp(rtp: Rtp): Buffer {
  const header = Buffer.alloc(12);
  header[0] = 0x80;
  header[1] = rtp.payloadType;
  header.writeUInt16BE(rtp.sequenceNumber, 2);
  header.writeUInt32BE(rtp.timestamp, 4);
  header.writeUInt32BE(rtp.ssrc, 8);
  if (!rtp.extensions) return Buffer.concat([header, rtp.payload]);
  header[0] |= 0x10;
  return Buffer.concat([header, writeExtensions(rtp.extensions), rtp.payload]);
}

/** RFC 8285, 4.3: two-byte headers, which take every id and length. */
function writeExtensions(extensions: Map<number, Buffer>): Buffer {
  const elements = [...extensions].map(([id, value]) =>
    Buffer.concat([Buffer.from([id, value.length]), value])
  );
  const size = elements.reduce((sum, { length }) => sum + length, 0);
  const words = Math.ceil(size / 4);
  const head = Buffer.from([0x10, 0x00, words >> 8, words & 0xff]);
  return Buffer.concat([head, ...elements], 4 + 4 * words);
}

/** Both forms of RFC 8285, by the profile that the block begins with. */
function readExtensions(block: Buffer): Map<number, Buffer> {
  const extensions = new Map<number, Buffer>();
  const isOneByte = block.readUInt16BE(0) === 0xbede;
  for (let at = 4; at < block.length;) {
    if (block[at] === 0) {
      ++at;
      continue;
    }
    const id = isOneByte ? block[at] >> 4 : block[at];
    const size = isOneByte ? (block[at] & 15) + 1 : block[at + 1];
    at += isOneByte ? 1 : 2;
    extensions.set(id, block.subarray(at, at + size));
    at += size;
  }
  return extensions;
}

/** The same; undefined for RTCP (RFC 5761, 4). */
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
    bytes: packet.length,
    ...(hasExtensions && { extensions: readExtensions(packet.subarray(12, start)) }),
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

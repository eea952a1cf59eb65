/** Connectivity checks of tests (RFC 8489, RFC 8445), byte by byte. */
import { Buffer } from "node:buffer";
import { createHmac, randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";

const headerBytes = 20;

function attribute(type: number, value: Buffer): Buffer {
  const header = Buffer.alloc(4);
  header.writeUInt16BE(type, 0);
  header.writeUInt16BE(value.length, 2);
  return Buffer.concat([header, value, Buffer.alloc(-value.length & 3)]);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}

/** The message with an attribute more, whose value comes from what stands before it. */
function append(
  message: Buffer,
  type: number,
  bytes: number,
  of: (before: Buffer) => Buffer,
): Buffer {
  const counted = Buffer.from(message);
  counted.writeUInt16BE(message.length - headerBytes + 4 + bytes, 2);
  return Buffer.concat([counted, attribute(type, of(counted))]);
}

/** A Binding request of a controlling agent, signed with the password. */
export function bindingRequest(usernameFragment: string, password: string): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.writeUInt16BE(1, 0);
  header.writeUInt32BE(0x2112a442, 4);
  randomBytes(12).copy(header, 8);
  const message = Buffer.concat([
    header,
    attribute(0x0006, Buffer.from(`${usernameFragment}:stranger`)),
    attribute(0x0024, u32(1845501695)), // PRIORITY.
    attribute(0x802a, randomBytes(8)), // ICE-CONTROLLING.
    attribute(0x0025, Buffer.alloc(0)), // USE-CANDIDATE.
  ]);
  const signed = append(
    message,
    0x0008,
    20,
    (before) => createHmac("sha1", password).update(before).digest(),
  );
  return append(signed, 0x8028, 4, (before) => u32(crc32(before) ^ 0x5354554e));
}

/** The code of an error response; 0 for a success. */
export function errorCode(answer: Buffer): number {
  for (let at = headerBytes; at + 4 <= answer.length;) {
    const size = answer.readUInt16BE(at + 2);
    if (answer.readUInt16BE(at) === 0x0009) return answer[at + 6] * 100 + answer[at + 7];
    at += 4 + size + (-size & 3);
  }
  return 0;
}

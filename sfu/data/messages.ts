/** Turns an application's messages into what the engine takes: bytes, a protocol id and addressees. */
import { Buffer } from "node:buffer";
import * as check from "../base/check.ts";

/** RFC 8831, 8: the payload protocol ids of WebRTC's data channels. */
const ppidString = 51;
const ppidBinary = 53;
const ppidEmptyString = 56;
const ppidEmptyBinary = 57;

/** A subchannel is a 16-bit number. */
const subchannelMax = 65_535;

/** SCTP cannot carry empty messages; these stand for them (RFC 8831, 6.6). */
const emptyString = Buffer.from(" ");
const emptyBinary = Buffer.alloc(1);

const encoder = new TextEncoder();
/** Strings are encoded here; the result is read before the next string is encoded. */
const scratch = new Uint8Array(65_536);

/** UTF-8 has at most three bytes per UTF-16 unit. */
const scratchUnits = scratch.length / 3;

/** The subchannels that precede a message: see SLUICE_DIRECT_MESSAGE_TO in sluice.h. */
export type Address = Uint8Array;

/**
 * The bytes of a message, valid until the next call.
 *
 * @throws TypeError Neither a string nor bytes.
 */
export function toBytes(message: string | Uint8Array, name: string, ppid?: number): Uint8Array {
  if (typeof message !== "string" && !(message instanceof Uint8Array)) {
    throw new TypeError(
      message === undefined ? `missing ${name}` : `${name} must be a string or a Buffer`,
    );
  }
  if (ppid === ppidEmptyString) return emptyString;
  if (ppid === ppidEmptyBinary) return emptyBinary;
  if (typeof message !== "string") return message;
  if (message.length > scratchUnits) return Buffer.from(message);
  return scratch.subarray(0, encoder.encodeInto(message, scratch).written);
}

/** @throws TypeError Given, but not a 32-bit number. */
export function toPpid(message: string | Uint8Array, ppid?: number): number {
  if (ppid !== undefined && ppid !== null) return check.integer(ppid, "ppid", 0, check.uint32Max);
  if (typeof message === "string") return message.length > 0 ? ppidString : ppidEmptyString;
  return message?.length > 0 ? ppidBinary : ppidEmptyBinary;
}

/**
 * A list of subchannels.
 *
 * @throws TypeError Not an array of whole numbers from 0 to 65535.
 */
export function checkSubchannels(subchannels: readonly number[], name: string): number[] {
  return check.array(subchannels, name).map((each) =>
    check.integer(each, `every one of ${name}`, 0, subchannelMax)
  );
}

export function checkSubchannel(subchannel: number, name: string): number {
  return check.integer(subchannel, name, 0, subchannelMax);
}

/**
 * The addressees of a message; undefined for all consumers.
 *
 * @throws TypeError A wrong subchannel.
 */
export function toAddress(
  subchannels?: readonly number[] | null,
  required?: number | null,
  ignored?: number | null,
): Address | undefined {
  const list = subchannels ? [...new Set(checkSubchannels(subchannels, "subchannels"))] : [];
  const one = (value: number | null | undefined, name: string): number | undefined =>
    value === undefined || value === null ? undefined : checkSubchannel(value, name);
  const requiredOne = one(required, "requiredSubchannel");
  const ignoredOne = one(ignored, "ignoredSubchannel");
  if (list.length === 0 && requiredOne === undefined && ignoredOne === undefined) return undefined;

  if (list.length > subchannelMax) throw new TypeError("subchannels are too many");
  const address = new Uint8Array((8 + 2 * list.length + 3) & -4);
  const view = new DataView(address.buffer);
  view.setUint16(0, list.length, true);
  view.setUint16(2, (requiredOne === undefined ? 0 : 1) | (ignoredOne === undefined ? 0 : 2), true);
  view.setUint16(4, requiredOne ?? 0, true);
  view.setUint16(6, ignoredOne ?? 0, true);
  list.forEach((each, i) => view.setUint16(8 + 2 * i, each, true));
  return address;
}

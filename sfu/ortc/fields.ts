/**
 * Checks of single fields for the validators of RTP parameters. An absent field may be `undefined`, or
 * `null`, which JSON makes of it.
 */

import { Buffer } from "node:buffer";

/** The largest SSRC, clock rate or bitrate: 32 bits. */
export const uint32Max = 0xffff_ffff;

/** RFC 3550, 5.1: a payload type has seven bits. */
export const payloadTypeMax = 127;

/**
 * RFC 5761, 4: with the marker bit, RTP of these payload types has the second byte of an RTCP packet,
 * and would be taken for one.
 */
export const rtcpLookalikes = { min: 64, max: 95 };

/** RFC 8285, 4.3: ids of the two-byte form; 0 is padding. */
export const extensionIdMax = 255;

/** Bytes of a MID or RID. They travel in every packet, so real ones are far shorter. */
export const identifierBytesMax = 32;

/** RFC 3550, 6.5: the length field of an SDES item is one byte. */
export const cnameBytesMax = 255;

/** Whether a value was not given. */
export function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

/** A plain object: not null, an array, a date or a map, which JSON would not write as an object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return Object.prototype.toString.call(value) === "[object Object]";
}

/** A whole number from `min` to `max`. */
export function isInteger(value: unknown, min: number, max: number): value is number {
  return Number.isInteger(value) && (value as number) >= min && (value as number) <= max;
}

/**
 * Checks an optional text of `object`; an empty one counts as absent and is removed.
 *
 * @param message The text of the TypeError.
 */
export function normalizeText<K extends string>(
  object: { [P in K]?: string },
  key: K,
  message: string,
  bytesMax = Infinity,
): void {
  const value: unknown = object[key];
  if (isAbsent(value) || value === "") {
    delete object[key];
  } else if (typeof value !== "string" || !value.isWellFormed()) {
    throw new TypeError(message);
  } else if (Buffer.byteLength(value) > bytesMax) {
    throw new TypeError(`${message} of at most ${bytesMax} bytes`);
  }
}

/** Checks an optional boolean of `object` and fills in the default. */
export function normalizeBoolean<K extends string>(
  object: { [P in K]?: boolean },
  key: K,
  byDefault: boolean,
  message: string,
): void {
  const value: unknown = object[key];
  if (isAbsent(value)) {
    object[key] = byDefault;
  } else if (typeof value !== "boolean") {
    throw new TypeError(message);
  }
}

/** Checks an optional integer of `object`. */
export function normalizeInteger<K extends string>(
  object: { [P in K]?: number },
  key: K,
  min: number,
  max: number,
  message: string,
): void {
  const value: unknown = object[key];
  if (isAbsent(value)) {
    delete object[key];
  } else if (!isInteger(value, min, max)) {
    throw new TypeError(message);
  }
}

/**
 * Checks the parameters of a codec or header extension: strings and finite numbers by name. A
 * parameter without a value becomes an empty string.
 *
 * @returns The parameters; a new object if there are none.
 */
export function normalizeParameters(
  parameters: Record<string, unknown> | undefined,
  message: string,
  valueMessage: (key: string, value: unknown) => string,
): Record<string, unknown> {
  if (isAbsent(parameters)) return {};
  if (!isObject(parameters)) throw new TypeError(message);
  for (const [key, value] of Object.entries(parameters)) {
    if (value === undefined) {
      parameters[key] = "";
    } else if (typeof value === "string" ? !value.isWellFormed() : !Number.isFinite(value)) {
      throw new TypeError(valueMessage(key, value));
    }
    if (!key.isWellFormed()) throw new TypeError(valueMessage(key, value));
  }
  return parameters;
}

/** Checks an optional array and fills in an empty one. */
export function normalizeArray<T>(array: T[] | undefined, message: string): T[] {
  if (isAbsent(array)) return [];
  if (!Array.isArray(array)) throw new TypeError(message);
  return array;
}

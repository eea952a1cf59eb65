/** Small helpers of the object model. */

import { randomInt } from "node:crypto";

/**
 * A deep copy, so that neither side sees later changes of the other.
 *
 * @param name What the caller calls the value.
 * @throws TypeError The value holds something that is not data, such as a function.
 */
export function clone<T>(value: T, name = "the value"): T {
  try {
    return structuredClone(value);
  } catch (cause) {
    throw new TypeError(`${name} holds something that is not data`, { cause });
  }
}

/** A random integer of nine digits: an SSRC that leaves room for consecutive ones after it. */
export function generateRandomNumber(): number {
  return randomInt(100_000_000, 999_999_999);
}

/** Freezes an object and everything inside it. */
export function deepFreeze<T>(data: T): T {
  if (data === null || typeof data !== "object" || Object.isFrozen(data)) return data;
  Object.freeze(data);
  for (const value of Object.values(data)) deepFreeze(value);
  return data;
}

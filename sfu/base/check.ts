/**
 * Checks of arguments: each throws a TypeError that names the field, before anything reaches the
 * engine. They return the checked value, so that a call site reads as an assignment.
 */
import { isIP } from "node:net";

/** The largest value of a 32-bit unsigned field. */
export const uint32Max = 0xffff_ffff;

/** A port, or 0 for "pick one". */
export const portMax = 65_535;

/** Characters of a caller's text that an error repeats. */
const shownMax = 64;

/** A caller's value for the text of an error: short, and never an error itself. */
export function shown(value: unknown): string {
  const isSimple = value === null || !["object", "function", "symbol"].includes(typeof value);
  return isSimple ? String(value).slice(0, shownMax) : Object.prototype.toString.call(value);
}

/** An object that is neither null nor an array; class instances count. */
export function object<T extends object>(value: T, name: string): T {
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    throw new TypeError(value === undefined ? `missing ${name}` : `${name} must be an object`);
  }
  return value;
}

/** An object of options. A field that is null is left out: JSON writes null for a missing value. */
export function fields<T extends object>(value: T, name: string): T {
  object(value, name);
  for (const field in value) {
    if (value[field] === null) {
      return Object.fromEntries(Object.entries(value).filter(([, it]) => it !== null)) as T;
    }
  }
  return value;
}

/** Absent is `{}`; anything that is not an object is an error. */
export function appData<T>(value: T | undefined | null): T {
  if (value === undefined || value === null) return {} as T;
  if (typeof value !== "object") throw new TypeError("if given, appData must be an object");
  return value;
}

/** A copy, without the holes that a sparse array has. */
export function array<T>(value: readonly T[], name: string): readonly T[] {
  if (!Array.isArray(value)) {
    throw new TypeError(value === undefined ? `missing ${name}` : `${name} must be an array`);
  }
  return [...value];
}

/** A whole number between `min` and `max`; NaN, fractions and infinities are refused. */
export function integer(value: number, name: string, min: number, max: number): number {
  if (typeof value !== "number" || !Number.isInteger(value)) {
    throw new TypeError(`${name} must be an integer`);
  }
  if (value < min || value > max) {
    throw new TypeError(`${name} must be between ${min} and ${max}`);
  }
  return value;
}

export function optionalInteger(
  value: number | undefined,
  name: string,
  min: number,
  max: number,
): number | undefined {
  return value === undefined ? undefined : integer(value, name, min, max);
}

/**
 * A whole number that may come from the environment: its decimal digits as text count too, because
 * mediasoup converts them.
 */
export function count(value: number, name: string, min: number, max: number): number {
  const given: unknown = value;
  const isDigits = typeof given === "string" && decimalDigits.test(given);
  return integer(isDigits ? Number(given) : value, name, min, max);
}

/** Fifteen digits are exact in a double. */
const decimalDigits = /^\s*\d{1,15}\s*$/;

/**
 * Whether a number was not given. NaN and "" count as absent: `parseInt(undefined)` and an empty
 * environment variable give them, and mediasoup then uses its default or 0.
 */
export function isUnset(value: unknown): boolean {
  return value === undefined || value === null || value === "" || Number.isNaN(value);
}

/** The same as {@linkcode count} for an option, which may be absent. */
export function optionalCount(
  value: number | undefined,
  name: string,
  min: number,
  max: number,
): number | undefined {
  return isUnset(value) ? undefined : count(value as number, name, min, max);
}

/** Bits per second, for an option; absent as {@linkcode optionalCount} says. */
export function optionalBitrate(value: number | undefined, name: string): number | undefined {
  const given = Number.isFinite(value) ? Math.floor(value as number) : value;
  return optionalCount(given, name, 0, uint32Max);
}

/** Bits per second. Fractions are rounded down: they come from sharing a bitrate out. */
export function bitrate(value: number, name: string): number {
  return count(Number.isFinite(value) ? Math.floor(value) : value, name, 0, uint32Max);
}

export function boolean(value: boolean, name: string): boolean {
  if (typeof value !== "boolean") throw new TypeError(`${name} must be a boolean`);
  return value;
}

export function optionalBoolean(value: boolean | undefined, name: string): boolean | undefined {
  return value === undefined ? undefined : boolean(value, name);
}

/** A string that is not empty and has no lone surrogate, which UTF-8 cannot hold. */
export function text(value: string, name: string): string {
  if (typeof value !== "string") {
    throw new TypeError(value === undefined ? `missing ${name}` : `${name} must be a string`);
  }
  if (value.length === 0) throw new TypeError(`${name} must not be empty`);
  if (!value.isWellFormed()) throw new TypeError(`${name} must be well-formed Unicode`);
  return value;
}

/** A string, perhaps empty, without a lone surrogate. */
export function textOrEmpty(value: string, name: string): string {
  return value === "" ? value : text(value, name);
}

export function optionalText(value: string | undefined, name: string): string | undefined {
  return value === undefined ? undefined : text(value, name);
}

/** An optional string; an empty one counts as absent. */
export function textOrNone(value: string | undefined, name: string): string | undefined {
  return value === "" ? undefined : optionalText(value, name);
}

/** A Buffer or another view of bytes. */
export function bytes<T extends Uint8Array>(value: T, name: string): T {
  if (value instanceof Uint8Array) return value;
  throw new TypeError(
    value === undefined ? `missing ${name}` : `${name} must be a Buffer or a Uint8Array`,
  );
}

/** One of a closed list of strings. */
export function oneOf<T extends string>(value: T, name: string, valid: readonly T[]): T {
  if (!valid.includes(value)) {
    throw new TypeError(
      value === undefined ? `missing ${name}` : `${name} must be one of ${valid.join(", ")}`,
    );
  }
  return value;
}

/** The text of an IPv4 or IPv6 address, not a host name. */
export function ip(value: string, name: string): string {
  text(value, name);
  if (isIP(value) === 0) {
    throw new TypeError(`${name} must be an IPv4 or IPv6 address: "${shown(value)}"`);
  }
  return value;
}

/**
 * The list of `enableTraceEvent()`. As in mediasoup an unknown type is left out, not an error.
 *
 * @returns The known types in the given order.
 */
export function traceTypes<T extends string>(types: T[], valid: readonly T[]): T[] {
  if (!Array.isArray(types)) throw new TypeError("types must be an array");
  for (const type of types) {
    if (typeof type !== "string") throw new TypeError("every type must be a string");
  }
  return types.filter((type) => valid.includes(type));
}

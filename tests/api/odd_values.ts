/**
 * Puts odd values in the place of good ones: into each field of an argument in turn, and into several at
 * once as a seed decides.
 */
import { Buffer } from "node:buffer";

/** Where something stands in an argument: names of fields and indices; empty for the argument itself. */
export type Path = readonly (string | number)[];

/** What the odd getters and proxies throw: not ours to change. */
export class CallersError extends Error {}

const depth = 20_000;

function deep(wrap: (inner: unknown) => unknown): unknown {
  let value: unknown = 0;
  for (let i = 0; i < depth; ++i) value = wrap(value);
  return value;
}

function throws(): never {
  throw new CallersError("a getter of the caller's");
}

/** The odd values with a name each; made anew each time, since some of them may be changed. */
export const oddValues: Record<string, () => unknown> = {
  "undefined": () => undefined,
  "null": () => null,
  "true": () => true,
  "false": () => false,
  "NaN": () => NaN,
  "Infinity": () => Infinity,
  "-Infinity": () => -Infinity,
  "-0": () => -0,
  "0": () => 0,
  "1": () => 1,
  "-1": () => -1,
  "1.5": () => 1.5,
  "128": () => 128,
  "256": () => 256,
  "65536": () => 65_536,
  "2**31": () => 2 ** 31,
  "2**32": () => 2 ** 32,
  "2**53": () => 2 ** 53,
  "1e300": () => 1e300,
  "5n": () => 5n,
  "a symbol": () => Symbol("odd"),
  "a function": () => () => {},
  "an empty text": () => "",
  "a space": () => " ",
  "a digit as text": () => "5",
  "a NUL": () => "\0",
  "a NUL inside": () => "127.0.0.1\0.example",
  "a lone surrogate": () => "\ud800",
  "a lone surrogate inside": () => "a\udfffb",
  "an emoji": () => "🎥",
  "32 letters of two bytes": () => "ü".repeat(32),
  "a line break": () => "a\r\nb",
  "a quote": () => '"\\',
  "a long text": () => "x".repeat(100_000),
  "__proto__": () => "__proto__",
  "an empty array": () => [],
  "an array of null": () => [null],
  "an array of undefined": () => [undefined],
  "a sparse array": () => new Array(3),
  "an array of arrays": () => [[]],
  "a long array": () => Array.from({ length: 5000 }, () => ({})),
  "an empty object": () => ({}),
  "an object without prototype": () => Object.create(null),
  "an object with __proto__": () => JSON.parse('{"__proto__":{"x":1}}'),
  "a date": () => new Date(0),
  "a map": () => new Map([["a", 1]]),
  "bytes": () => Buffer.from("odd"),
  "a cycle": () => {
    const cycle: Record<string, unknown> = {};
    cycle.again = cycle;
    return cycle;
  },
  "a deep object": () => deep((inner) => ({ inner })),
  "a deep array": () => deep((inner) => [inner]),
  "a getter that throws": () => Object.defineProperty({}, "x", { enumerable: true, get: throws }),
  "a toJSON that throws": () => ({ toJSON: throws }),
  "a toJSON that lies": () => ({ toJSON: () => 5 }),
  "a proxy that throws": () => new Proxy({}, { get: throws, ownKeys: throws, has: throws }),
  "a revoked proxy": () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
};

/** Every place in `value`, the value itself first. Only plain objects and arrays are entered. */
export function pathsOf(value: unknown, path: Path = []): Path[] {
  if (Array.isArray(value)) {
    return [path, ...value.flatMap((entry, index) => pathsOf(entry, [...path, index]))];
  }
  if (typeof value !== "object" || value === null) return [path];
  if (Object.getPrototypeOf(value) !== Object.prototype) return [path];
  const fields = Object.entries(value as object);
  return [path, ...fields.flatMap(([name, entry]) => pathsOf(entry, [...path, name]))];
}

/**
 * Puts `odd` at `path`. Returns the argument, which is a new one when the path is empty. Where an
 * earlier replacement stands in the way, nothing happens.
 */
export function replace(argument: unknown, path: Path, odd: unknown): unknown {
  if (path.length === 0) return odd;
  try {
    let holder = argument;
    for (const step of path.slice(0, -1)) {
      holder = (holder as Record<string | number, unknown>)[step];
    }
    Object.defineProperty(holder, path[path.length - 1], {
      value: odd,
      enumerable: true,
      writable: true,
      configurable: true,
    });
  } catch {
    // No object, or one that refuses.
  }
  return argument;
}

/** Numbers of 0 up to `below`, the same ones for the same seed (mulberry32). */
export function generator(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return Math.floor((((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** Opens the library with `bun:ffi`. */

import { createRequire } from "node:module";

import type { Functions, FunctionTable, Library, Pointer } from "./abi.ts";

/** The part of `bun:ffi` that this file uses. */
interface BunFfi {
  dlopen(path: string, symbols: Record<string, unknown>): { symbols: unknown };
  toArrayBuffer(pointer: number, offset: number, bytes: number): ArrayBuffer;
  CString: new (pointer: number) => object;
}

const TYPES = { u32: "u32", i32: "i32", pointer: "ptr", buffer: "ptr" } as const;

/** @throws If the file cannot be opened or lacks a function. */
export function openWithBun(path: string, functions: FunctionTable): Library {
  // Required instead of imported: Deno's type checker would try to resolve an import.
  const ffi = createRequire(import.meta.url)("bun:ffi") as BunFfi;
  const symbols = Object.fromEntries(
    Object.entries(functions).map(([name, { args, result }]) => [
      name,
      { args: args.map((type) => TYPES[type]), returns: TYPES[result] },
    ]),
  );
  return {
    path,
    functions: ffi.dlopen(path, symbols).symbols as Functions,
    view: (pointer, bytes) => ffi.toArrayBuffer(address(pointer), 0, bytes),
    text: (pointer) => String(new ffi.CString(address(pointer))),
  };
}

function address(pointer: Pointer): number {
  if (typeof pointer !== "number" || pointer === 0) throw new TypeError("a NULL pointer");
  return pointer;
}

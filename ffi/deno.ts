/** Opens the library with `Deno.dlopen`. */

import type { Functions, FunctionTable, Library, Pointer } from "./abi.ts";

/** The part of Deno's API that this file uses. */
interface DenoRuntime {
  dlopen(path: string, symbols: Record<string, unknown>): { symbols: unknown };
  UnsafePointerView: {
    new (pointer: object): { getCString(): string };
    getArrayBuffer(pointer: object, bytes: number): ArrayBuffer;
  };
}

/** @throws If the file cannot be opened, may not be opened (`--allow-ffi`) or lacks a function. */
export function openWithDeno(path: string, functions: FunctionTable): Library {
  const deno = (globalThis as unknown as { Deno: DenoRuntime }).Deno;
  const symbols = Object.fromEntries(
    Object.entries(functions).map(([name, { args, result }]) => [
      name,
      { parameters: args, result },
    ]),
  );
  return {
    path,
    functions: deno.dlopen(path, symbols).symbols as Functions,
    view: (pointer, bytes) => deno.UnsafePointerView.getArrayBuffer(address(pointer), bytes),
    text: (pointer) => new deno.UnsafePointerView(address(pointer)).getCString(),
  };
}

function address(pointer: Pointer): object {
  if (typeof pointer !== "object" || pointer === null) throw new TypeError("a NULL pointer");
  return pointer;
}

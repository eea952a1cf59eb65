/** How much memory of the C library's is in use: what the engine allocates, and all of the process. */
import { readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

interface LibC {
  fopen(path: Uint8Array, mode: Uint8Array): unknown;
  malloc_info(options: number, stream: unknown): number;
  fclose(stream: unknown): number;
  malloc_trim(pad: number): number;
}

async function openLibC(): Promise<LibC> {
  const name = "libc.so.6";
  if ("bun" in process.versions) {
    const { dlopen, ptr } = await import("bun:ffi");
    const { symbols } = dlopen(name, {
      fopen: { args: ["ptr", "ptr"], returns: "ptr" },
      malloc_info: { args: ["i32", "ptr"], returns: "i32" },
      fclose: { args: ["ptr"], returns: "i32" },
      malloc_trim: { args: ["usize"], returns: "i32" },
    });
    return {
      fopen: (path, mode) => symbols.fopen(ptr(path), ptr(mode)),
      malloc_info: (options, stream) => symbols.malloc_info(options, stream as never),
      fclose: (stream) => symbols.fclose(stream as never),
      malloc_trim: (pad) => symbols.malloc_trim(pad),
    };
  }
  const { Deno: deno } = globalThis as unknown as {
    Deno: { dlopen(path: string, functions: object): { symbols: unknown } };
  };
  const { symbols } = deno.dlopen(name, {
    fopen: { parameters: ["buffer", "buffer"], result: "pointer" },
    malloc_info: { parameters: ["i32", "pointer"], result: "i32" },
    fclose: { parameters: ["pointer"], result: "i32" },
    malloc_trim: { parameters: ["usize"], result: "i32" },
  });
  return symbols as LibC;
}

const libC = await openLibC();
const text = (value: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(`${value}\0`);

/** Gives back the pages of what was freed: otherwise it depends on what lies behind them. */
export function trimMalloc(): void {
  libC.malloc_trim(0);
}

/** Bytes that were allocated with malloc() and not freed, of all threads. */
export function mallocBytes(): number {
  const path = join(tmpdir(), `malloc-info-${process.pid}.xml`);
  const stream = libC.fopen(text(path), text("w"));
  libC.malloc_info(0, stream);
  libC.fclose(stream);
  const xml = readFileSync(path, "utf8");
  rmSync(path);
  // The sums over all arenas stand behind the last of them.
  const sums = xml.slice(xml.lastIndexOf("</heap>"));
  const sum = (name: string, unit: string): number =>
    Number(new RegExp(`<${name}[^>]* ${unit}="(\\d+)"`).exec(sums)![1]);
  const free = sum('total type="fast"', "size") + sum('total type="rest"', "size");
  return sum('system type="current"', "size") + sum('total type="mmap"', "size") - free;
}

/** Finds libsluice. Nothing is downloaded or compiled. */

import { createRequire } from "node:module";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** Names the library's file. The module reads no other environment variable. */
const VARIABLE = "SLUICE_LIBRARY";

/** The package that carries the library for this platform. */
export const PLATFORM_PACKAGE = `@sluice/${process.platform}-${process.arch}`;

/**
 * The files to try, in order. If `SLUICE_LIBRARY` names one, only that; otherwise a build beside this
 * module, then the platform's package.
 */
export function libraryPaths(): string[] {
  const named = environment(VARIABLE);
  if (named) return [named];
  const paths: string[] = [];
  if (import.meta.url.startsWith("file:")) {
    paths.push(fileURLToPath(new URL("../build/release/libsluice.so", import.meta.url)));
  }
  try {
    paths.push(createRequire(import.meta.url).resolve(`${PLATFORM_PACKAGE}/libsluice.so`));
  } catch {
    // Not installed.
  }
  return paths;
}

/** The error if none of the files could be opened. It says what was tried and what to do. */
export function libraryNotFound(failures: readonly string[]): Error {
  return new Error(
    `libsluice could not be loaded for ${process.platform}-${process.arch}. Build it with ` +
      `"make engine", install ${PLATFORM_PACKAGE}, or let ${VARIABLE} name the file; on Deno ` +
      `allow it with --allow-ffi. Tried:\n${failures.map((line) => `  ${line}`).join("\n")}`,
  );
}

/** Undefined if Deno denies access to the environment. */
function environment(name: string): string | undefined {
  try {
    return process.env[name];
  } catch {
    return undefined;
  }
}

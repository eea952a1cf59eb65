/** Opens the library when it is first used; importing the module opens nothing. */

import process from "node:process";

import { ABI_VERSION, FUNCTIONS, type FunctionTable, type Library } from "./abi.ts";
import { openWithBun } from "./bun.ts";
import { openWithDeno } from "./deno.ts";
import { libraryNotFound, libraryPaths } from "./library_path.ts";

let loaded: Library | undefined;

/**
 * The library of this process, which is never closed.
 *
 * @throws {Error} If it is not found, cannot be opened or has another ABI version. The text says what to
 * do.
 */
export function engineLibrary(): Library {
  loaded ??= openFirst(libraryPaths());
  return loaded;
}

/** The engine's version. */
export function engineVersion(): string {
  const library = engineLibrary();
  return library.text(library.functions.sluice_version());
}

/** The one function that is looked up before the version is known: other versions may lack the rest. */
const VERSION_ONLY: FunctionTable = { sluice_abi_version: FUNCTIONS.sluice_abi_version };

/** Opens the first of `paths` that opens, and compares its ABI version. */
export function openFirst(paths: readonly string[]): Library {
  const open = opener();
  const failures: string[] = [];
  for (const path of paths) {
    let version: number;
    try {
      version = open(path, VERSION_ONLY).functions.sluice_abi_version();
    } catch (error) {
      failures.push(`${path}: ${error instanceof Error ? error.message : String(error)}`);
      continue;
    }
    checkAbi(version, path);
    return open(path, FUNCTIONS);
  }
  throw libraryNotFound(failures);
}

/** @throws {Error} If a library's ABI version is not the one that this module was written for. */
function checkAbi(version: number, path: string): void {
  if (version === ABI_VERSION) return;
  throw new Error(
    `${path} has ABI version ${version}, this module needs ${ABI_VERSION}: ` +
      `build or install the library of the same release`,
  );
}

function opener(): (path: string, functions: FunctionTable) => Library {
  if ("bun" in process.versions) return openWithBun;
  if ("deno" in process.versions) return openWithDeno;
  throw new Error("Sluice runs on Deno and on Bun");
}

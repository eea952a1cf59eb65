import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { ABI_VERSION } from "../../ffi/abi.ts";
import { libraryPaths, PLATFORM_PACKAGE } from "../../ffi/library_path.ts";
import { engineLibrary, engineVersion, openFirst } from "../../ffi/load.ts";
import { runChild } from "../support/child.ts";

const repository = new URL("../../", import.meta.url);

/** Runs a test with a folder of its own. */
function withFolder(run: (folder: string) => Promise<void> | void): () => Promise<void> {
  return async () => {
    const folder = mkdtempSync(join(tmpdir(), "sluice-"));
    try {
      await run(folder);
    } finally {
      rmSync(folder, { recursive: true });
    }
  };
}

/** Makes a library of these functions. */
function compile(folder: string, code: string): string {
  const path = join(folder, "libsluice.so");
  writeFileSync(join(folder, "library.c"), code);
  execFileSync("gcc", ["-shared", "-fPIC", "-o", path, join(folder, "library.c")]);
  return path;
}

/** What a process that makes a worker has loaded before and after; see children/first_use.ts. */
async function firstUse(
  env: Record<string, string>,
  module: URL = new URL("mod.ts", repository),
): Promise<{ before: string[]; after: string[]; refusal?: string }> {
  const script = new URL("children/first_use.ts", import.meta.url);
  const { code, output } = await runChild(script, { args: [module.href], env });
  assert.equal(code, 0, output);
  return JSON.parse(output);
}

describe("loading the library", () => {
  test("gives the ABI version that the module was written for", () => {
    assert.equal(engineLibrary().functions.sluice_abi_version(), ABI_VERSION);
    assert.match(engineVersion(), /^\d+\.\d+\.\d+$/);
    assert.equal(engineLibrary(), engineLibrary());
  });

  test("comes with the first worker, not with the import", async () => {
    const { path } = engineLibrary();
    const { before, after, refusal } = await firstUse({ SLUICE_LIBRARY: path });
    assert.deepEqual([before, after, refusal], [[], [path], undefined]);
  });

  test(
    "another ABI version is refused, with both versions, whatever else the library lacks",
    withFolder(async (folder) => {
      const path = compile(folder, "unsigned sluice_abi_version(void) { return 4711; }");
      const text = `${path} has ABI version 4711, this module needs ${ABI_VERSION}: ` +
        "build or install the library of the same release";
      assert.throws(() => openFirst([path, engineLibrary().path]), { message: text });
      const { before, refusal } = await firstUse({ SLUICE_LIBRARY: path });
      assert.deepEqual([before, refusal], [[], text]);
    }),
  );

  test(
    "a library that is another's, and one of the right version that lacks a function",
    withFolder((folder) => {
      const other = compile(folder, "int some_function(void) { return 1; }");
      assert.throws(() => openFirst([other]), /could not be loaded[^]*sluice_abi_version/);
      const broken = join(folder, "broken");
      mkdirSync(broken);
      const code = `unsigned sluice_abi_version(void) { return ${ABI_VERSION}; }`;
      assert.throws(() => openFirst([compile(broken, code)]), /sluice_\w+/);
    }),
  );

  test("a library that is not there: the text says what was tried and what to do", async () => {
    const path = "/no/such/libsluice.so";
    for (
      const text of [
        (await firstUse({ SLUICE_LIBRARY: path })).refusal ?? "",
        await Promise.resolve().then(() => openFirst([path])).then(String, String),
      ]
    ) {
      for (const part of ["make engine", "SLUICE_LIBRARY", "--allow-ffi", path, PLATFORM_PACKAGE]) {
        assert(text.includes(part), `${part} is not in: ${text}`);
      }
    }
  });

  test("a file that is no library counts as one that is not there", () => {
    const path = fileURLToPath(import.meta.url);
    assert.throws(() => openFirst([path]), /could not be loaded/);
    assert.equal(openFirst([path, engineLibrary().path]).path, engineLibrary().path);
  });
});

describe("where the library is looked for", () => {
  test("in SLUICE_LIBRARY alone when that is set, else in the build first", () => {
    const before = process.env.SLUICE_LIBRARY;
    try {
      process.env.SLUICE_LIBRARY = "/some/where/libsluice.so";
      assert.deepEqual(libraryPaths(), ["/some/where/libsluice.so"]);
      delete process.env.SLUICE_LIBRARY;
      const build = fileURLToPath(new URL("build/release/libsluice.so", repository));
      assert.equal(libraryPaths()[0], build);
    } finally {
      if (before !== undefined) process.env.SLUICE_LIBRARY = before;
    }
  });

  test(
    "in the platform's package where there is no build, and in the build where there is one",
    withFolder(async (folder) => {
      for (const name of ["mod.ts", "ffi", "sfu", "package.json", "deno.json"]) {
        cpSync(new URL(name, repository), join(folder, name), { recursive: true });
      }
      const modules = join(folder, "node_modules");
      const [scope, name] = PLATFORM_PACKAGE.split("/");
      mkdirSync(join(modules, scope, name), { recursive: true });
      for (const dependency of ["debug", "ms", "h264-profile-level-id"]) {
        const from = new URL(`node_modules/${dependency}`, repository);
        cpSync(from, join(modules, dependency), { recursive: true });
      }
      const packaged = join(modules, scope, name, "libsluice.so");
      cpSync(engineLibrary().path, packaged);
      const module = pathToFileURL(join(folder, "mod.ts"));

      const without = await firstUse({ SLUICE_LIBRARY: "" }, module);
      assert.deepEqual(without, { before: [], after: [packaged] });

      const built = join(folder, "build/release/libsluice.so");
      mkdirSync(join(folder, "build/release"), { recursive: true });
      cpSync(packaged, built);
      const beside = await firstUse({ SLUICE_LIBRARY: "" }, module);
      assert.deepEqual(beside, { before: [], after: [built] });
    }),
  );
});

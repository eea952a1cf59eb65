import assert from "node:assert/strict";
import process from "node:process";
import { describe, test } from "node:test";
import { ABI_VERSION } from "../../ffi/abi.ts";
import { libraryPaths, PLATFORM_PACKAGE } from "../../ffi/library_path.ts";
import { checkAbi, engineLibrary, engineVersion, openFirst } from "../../ffi/load.ts";

describe("loading the library", () => {
  test("gives the ABI version that the module was written for", () => {
    assert.equal(engineLibrary().functions.sluice_abi_version(), ABI_VERSION);
    assert.match(engineVersion(), /^\d+\.\d+\.\d+$/);
    assert.equal(engineLibrary(), engineLibrary());
  });

  test("another ABI version is refused, with both versions in the text", () => {
    assert.throws(() => checkAbi(ABI_VERSION + 1, "/lib.so"), {
      message: new RegExp(`^/lib.so has ABI version ${ABI_VERSION + 1}.* needs ${ABI_VERSION}:`),
    });
  });

  test("a library that is not there: the text says what was tried and what to do", () => {
    assert.throws(() => openFirst(["/no/such/libsluice.so"]), (error: Error) => {
      assert.match(error.message, /make engine/);
      assert.match(error.message, /SLUICE_LIBRARY/);
      assert.match(error.message, /\/no\/such\/libsluice\.so/);
      assert.ok(error.message.includes(PLATFORM_PACKAGE));
      return true;
    });
  });

  test("a file that is no library counts as one that is not there", () => {
    const path = new URL(import.meta.url).pathname;
    assert.throws(() => openFirst([path]), /could not be loaded/);
    assert.equal(openFirst([path, engineLibrary().path]).path, engineLibrary().path);
  });

  test("SLUICE_LIBRARY alone is tried when it is set", () => {
    const before = process.env.SLUICE_LIBRARY;
    try {
      process.env.SLUICE_LIBRARY = "/some/where/libsluice.so";
      assert.deepEqual(libraryPaths(), ["/some/where/libsluice.so"]);
      delete process.env.SLUICE_LIBRARY;
      assert.match(libraryPaths()[0], /build\/release\/libsluice\.so$/);
    } finally {
      if (before !== undefined) process.env.SLUICE_LIBRARY = before;
    }
  });
});

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import {
  ABI_VERSION,
  DirectType,
  EventType,
  FUNCTIONS,
  Method,
  Ring,
  Status,
} from "../../ffi/abi.ts";
import { EngineError } from "../../ffi/engine_error.ts";
import { engineLibrary } from "../../ffi/load.ts";
import { withEngine } from "./support.ts";

const include = fileURLToPath(new URL("../../engine/include", import.meta.url));
const header = readFileSync(join(include, "sluice.h"), "utf8");
const code = header.replaceAll(/\/\*[^]*?\*\//g, "");

/** The members of `enum sluice_<name>` without `prefix`. */
function members(name: string, prefix: string): Record<string, number> {
  const body = new RegExp(`enum sluice_${name} \\{([^}]*)\\}`).exec(code)?.[1];
  assert.ok(body);
  return Object.fromEntries(
    body.split(",").map((line) => line.trim()).filter(Boolean).map((line) => {
      const [, member, value] = /^SLUICE_(\w+) = (-?\w+)$/.exec(line) ?? assert.fail(line);
      assert.ok(member.startsWith(prefix), member);
      return [member.slice(prefix.length), Number(value)];
    }),
  );
}

/** The prototypes of the header, as `FUNCTIONS` writes them. */
function prototypes(): Record<string, { args: string[]; result: string }> {
  const types: Record<string, string> = {
    "uint32_t": "u32",
    "int32_t": "i32",
    "void*": "pointer",
    "const char*": "pointer",
    "uint8_t*": "buffer",
    "const uint8_t*": "buffer",
  };
  const known = (type: string): string => types[type] ?? assert.fail(`no such type: ${type}`);
  const found = [...code.matchAll(/SLUICE_EXPORT\s+([\w\s*]+?)(sluice_\w+)\(([^)]*)\);/g)];
  return Object.fromEntries(found.map(([, result, name, parameters]) => {
    const args = parameters.trim() === "void" ? [] : parameters.split(",").map((parameter) => {
      const [, type] = /^\s*([\w\s]+?\*?)\s*\w+\s*$/.exec(parameter) ?? assert.fail(parameter);
      return known(type);
    });
    return [name, { args, result: known(result.trim()) }];
  }));
}

/** A hash of what a host relies on: the code, and the JSON shapes in the comments. */
function fingerprint(): string {
  const shapes = [...header.matchAll(/\/\*[^]*?\*\//g)].flatMap(([comment]) =>
    comment.match(/\{[^{}]*(\{[^{}]*(\{[^{}]*\}[^{}]*)*\}[^{}]*)*\}|-> \w+/g) ?? []
  );
  const interfaceText = [code, ...shapes].join("\n").replaceAll(/[\s*]+/g, " ");
  return createHash("sha256").update(interfaceText).digest("hex").slice(0, 16);
}

function constant(name: string): number {
  return Number(new RegExp(`#define ${name} (\\d+)`).exec(code)?.[1]);
}

describe("the C interface", () => {
  test("the functions of the header and those of abi.ts are the same", () => {
    assert.deepEqual(prototypes(), FUNCTIONS);
  });

  test("the constants of the header and those of abi.ts are the same", () => {
    assert.deepEqual(members("status", ""), Status);
    assert.deepEqual(members("method", ""), Method);
    assert.deepEqual(members("event", "EVENT_"), EventType);
    assert.deepEqual(members("direct", "DIRECT_"), DirectType);
    assert.equal(constant("SLUICE_ABI_VERSION"), ABI_VERSION);
    assert.equal(constant("SLUICE_RING_CONTROL_BYTES"), Ring.CONTROL_BYTES);
    assert.equal(constant("SLUICE_RECORD_HEADER_BYTES"), Ring.RECORD_HEADER_BYTES);
    assert.equal(constant("SLUICE_RECORD_ALIGN"), Ring.RECORD_ALIGN);
  });

  // Each method has one row in the engine's table; the engine's own test has the kinds of targets.
  test(
    "the engine knows every method of the header, and no other number",
    withEngine((worker) => {
      const known = new Set<number>(Object.values(members("method", "")));
      for (let method = 0; method <= 0x0aff; ++method) {
        assert.throws(() => worker.call(method, 0xffff_ffff), (error) => {
          assert.ok(error instanceof EngineError);
          const isUnknown = error.message.includes(`there is no method ${method}`);
          assert.equal(isUnknown, !known.has(method), `${method}: ${error.message}`);
          assert.equal(error.status === Status.ERR_UNSUPPORTED, isUnknown);
          return true;
        });
      }
    }),
  );

  test("the methods of the header stand in ascending order", () => {
    const numbers = Object.values(members("method", ""));
    assert.deepEqual(numbers, numbers.toSorted((a, b) => a - b));
  });

  // When this fails: SLUICE_ABI_VERSION and ABI_VERSION go up by one, and the new pair is written
  // here. A host that was built for the old header would misread the new library.
  test("the version changes with the functions, the numbers and the shapes", () => {
    assert.deepEqual({ version: ABI_VERSION, fingerprint: fingerprint() }, {
      version: 2,
      fingerprint: "7c6b1b355b960cbf",
    });
  });

  test("the library exports these functions and its Node-API entry, nothing else", () => {
    const output = execFileSync("nm", ["-D", "--defined-only", engineLibrary().path], {
      encoding: "utf8",
    });
    const symbols = output.trim().split("\n").map((line) => line.split(" ").at(-1));
    assert.deepEqual(
      symbols.sort(),
      [...Object.keys(FUNCTIONS), "napi_register_module_v1"].sort(),
    );
  });

  test("the library is never unloaded and needs no library but the system's", () => {
    const dynamic = execFileSync("readelf", ["-d", engineLibrary().path], { encoding: "utf8" });
    assert.match(dynamic, /NODELETE/);
    assert.match(dynamic, /BIND_NOW/);
    const needed = [...dynamic.matchAll(/NEEDED.*\[([^\]]+?)\.so/g)].map(([, name]) => name);
    for (const name of needed) assert.match(name, /^(libc|libm|libdl|libpthread|ld-linux.*)$/);
  });

  test("the header is C99 and C++20 and warns of nothing", () => {
    const folder = mkdtempSync(join(tmpdir(), "sluice-"));
    try {
      for (const [compiler, standard, name] of [["gcc", "c99", "a.c"], ["g++", "c++20", "a.cpp"]]) {
        const file = join(folder, name);
        writeFileSync(file, '#include "sluice.h"\nint main(void) { return SLUICE_OK; }\n');
        const flags = [`-std=${standard}`, "-pedantic", "-Wall", "-Wextra", "-Werror"];
        execFileSync(compiler, [...flags, "-fsyntax-only", `-I${include}`, file]);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

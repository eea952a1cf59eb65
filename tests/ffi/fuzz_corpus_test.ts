/** What the fuzzer of the C interface starts from does every command, so that it can go on there. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Method } from "../../ffi/abi.ts";
import { EngineError, type EngineWorker } from "../../ffi/engine_worker.ts";
import { withEngine } from "./support.ts";

const corpus = fileURLToPath(new URL("../../engine/fuzz/corpus/capi_json", import.meta.url));

/** Runs an input as engine/fuzz/capi_json_fuzz.cpp does; the methods that succeeded. */
function run(worker: EngineWorker, input: string): number[] {
  const ids: number[] = [];
  const done: number[] = [];
  for (const line of input.split("\n").filter(Boolean)) {
    const [, hex, word, text] = /^(\S+) (\S+) ?(.*)$/.exec(line) ?? assert.fail(line);
    const method = parseInt(hex, 16);
    if (method === 0) continue; // Worker options.
    const target = word.startsWith("@") ? ids[Number(word.slice(1))] : Number(word);
    try {
      const request = text.replaceAll(/\$(\d)/g, (_, n) => String(ids[n] ?? 0));
      const answer = worker.call(method, target ?? 0, request ? JSON.parse(request) : undefined);
      done.push(method);
      const { id, linkId } = (answer ?? {}) as Record<string, unknown>;
      for (const each of [id, linkId]) if (typeof each === "number") ids.push(each);
    } catch (error) {
      // Some inputs are wrong on purpose.
      assert(error instanceof EngineError || error instanceof SyntaxError, String(error));
    }
  }
  return done;
}

test(
  "the seeds of the fuzzer have each method succeed",
  withEngine((worker) => {
    const inputs = readdirSync(corpus).map((name) => readFileSync(`${corpus}/${name}`, "utf8"));
    const done = new Set(inputs.flatMap((input) => run(worker, input)));
    const missing = Object.entries(Method)
      // The one that makes a worker die is refused, but for tests.
      .filter(([name, method]) => name !== "WORKER_FAIL" && !done.has(method))
      .map(([name]) => name);
    assert.deepEqual(missing, []);
  }),
);

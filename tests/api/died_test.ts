/** What a worker that fails inside does to its process. Each case is a process of its own. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { runChild } from "../support/child.ts";

const child = new URL("children/death.ts", import.meta.url);

describe("a worker that fails inside", () => {
  for (const as of ["bad_alloc", "logic_error", "unknown"]) {
    for (const later of [false, true]) {
      const where = later ? "its event loop" : "a command";
      test(`dies alone of ${as} in ${where}, and all is told`, async () => {
        const args = [as, `${later}`];
        const ended = await runChild(child, { args, env: { SLUICE_TEST_FAULTS: "1" } });
        assert.deepEqual(ended, { code: 0, signal: null, output: "survived\n" });
      });
    }
  }
});

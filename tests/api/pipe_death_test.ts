/** One end of a link goes while media passes. Each case is a process of its own. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { runChild } from "../support/child.ts";

const child = new URL("children/pipe_death.ts", import.meta.url);

describe("a worker that ends while media passes by a link", () => {
  for (const which of ["first", "second"]) {
    for (const how of ["close", "fail"]) {
      test(`leaves the other alone: ${which}, ${how}`, async () => {
        const args = [which, how];
        const ended = await runChild(child, { args, env: { SLUICE_TEST_FAULTS: "1" } });
        assert.deepEqual(ended, { code: 0, signal: null, output: "survived\n" });
      });
    }
  }
});

/** A worker of a pool dies while media passes. A process of its own. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { runChild } from "../support/child.ts";

const child = new URL("children/pool_death.ts", import.meta.url);

test("a worker that dies takes its transports with it, and nobody else", async () => {
  const ended = await runChild(child, { env: { SLUICE_TEST_FAULTS: "1" } });
  assert.deepEqual(ended, { code: 0, signal: null, output: "survived\n" });
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { runChild } from "../support/child.ts";

test("idle workers cost no CPU: their loops do not turn, and the host sleeps", async () => {
  const { code, output } = await runChild(new URL("children/idle.ts", import.meta.url));
  assert.equal(code, 0, output);
  const { cpuPercent, turns } = JSON.parse(output) as { cpuPercent: number; turns: number[] };
  assert.deepEqual(turns, [0, 0]);
  // Of one core, the runtime's own threads and the measurement included.
  assert(cpuPercent < 2, output);
});

/** Ten thousand rooms are opened and closed while media passes. A process of its own. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { runChild } from "../support/child.ts";

const rounds = 10_000;
/** Of what the second half of the looks may be above the middle one of the first half. */
const growthMax = 0.02;

interface Memory {
  /** Bytes that malloc() gave and that were not freed: the engine's and the runtime's. */
  allocated: number;
  /** Bytes of JavaScript's heap in use. */
  heap: number;
  /** Bytes of the whole process that are in memory, used or not. */
  resident: number;
}

test("closing in every order, ten thousand times under load, leaves nothing in memory", async () => {
  const { code, output } = await runChild(
    new URL("children/close_cascades.ts", import.meta.url),
    {
      args: [`${rounds}`],
      patienceMs: 600_000,
      flags: ["--v8-flags=--expose-gc"],
      // What threads free in arenas of their own stays there: how many of them a thread meets is by
      // chance.
      env: { MALLOC_ARENA_MAX: "1" },
    },
  );
  assert.equal(code, 0, output);
  const looks = output.trim().split("\n").map((line): Memory => JSON.parse(line));
  assert.equal(looks.length, 10);
  for (const figure of [inUse, resident]) {
    const bytes = looks.map(figure);
    const before = bytes.slice(0, 5).toSorted((a, b) => a - b)[2];
    // Runtimes hold buffers for some time: what leaks is there at every look.
    const grown = Math.min(...bytes.slice(5)) - before;
    assert(grown <= growthMax * before, `${figure.name} grew by ${grown} bytes:\n${output}`);
  }
});

function inUse({ allocated, heap }: Memory): number {
  return allocated + heap;
}

function resident(memory: Memory): number {
  return memory.resident;
}

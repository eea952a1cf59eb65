/** Ten thousand rooms are opened and closed while media passes. A process of its own. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { runChild } from "../support/child.ts";

const rounds = 10_000;
/** Of the process's memory, as it was after a tenth of the rounds. */
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
  // Runtimes hold buffers for some time: what leaks is there at every look.
  const least = (of: (memory: Memory) => number): number => Math.min(...looks.slice(5).map(of));
  const grown = (of: (memory: Memory) => number): number => least(of) - of(looks[0]);
  const allowed = growthMax * looks[0].resident;
  for (const figure of [inUse, resident]) {
    assert(grown(figure) <= allowed, `${figure.name} grew by ${grown(figure)} bytes:\n${output}`);
  }
});

function inUse({ allocated, heap }: Memory): number {
  return allocated + heap;
}

function resident(memory: Memory): number {
  return memory.resident;
}

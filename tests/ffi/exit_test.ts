import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Ended, runChild } from "../support/child.ts";

const end = (...args: string[]): Promise<Ended> =>
  runChild(new URL("children/lifetime.ts", import.meta.url), { args });

describe("the end of a process", () => {
  for (const kind of ["napi", "socket"]) {
    test(`comes by itself when all workers are closed (${kind})`, async () => {
      const { code, signal, output } = await end("close", kind);
      assert.deepEqual([code, signal, output], [0, null, "closed\n"]);
    });

    test(`comes by itself when open workers are unreferenced (${kind})`, async () => {
      const { code, signal, output } = await end("unref", kind);
      assert.deepEqual([code, signal, output], [0, null, "unreferenced\n"]);
    });

    test(`does not come while a worker is open (${kind})`, async () => {
      const { code, signal, output } = await end("open", kind);
      assert.deepEqual([code, signal, output], [0, null, "still here\n"]);
    });

    for (const how of ["exit", "exit-while-pouring"]) {
      test(`${how} with live workers is clean (${kind})`, async () => {
        for (let round = 0; round < 5; ++round) {
          const { code, signal, output } = await end(how, kind);
          assert.deepEqual([code, signal, output], [7, null, ""]);
        }
      });
    }
  }

  test("an uncaught exception with live workers ends with its code", async () => {
    const { code, signal, output } = await end("throw");
    assert.deepEqual([code, signal], [1, null]);
    assert.match(output, /on purpose/);
  });

  test("an exception of what reads a ring is uncaught, and does not end the reading", async () => {
    const file = new URL("children/throwing_reader.ts", import.meta.url);
    const { code, output } = await runChild(file);
    assert.deepEqual([code, output], [0, "thrown: on purpose\nheard: second\n"]);
  });

  test("SIGTERM with live workers ends the process at once", async () => {
    const { code, signal } = await end("sigterm");
    assert.deepEqual([code, signal], [null, "SIGTERM"]);
  });
});

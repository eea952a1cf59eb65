/** A call over a pool of two workers and one port, one of which dies. A process of its own. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { runChild } from "../support/child.ts";

const child = new URL("children/pool_call.ts", import.meta.url);

for (const steering of ["on", "off"]) {
  const kernel = steering === "on" ? "with the kernel's help" : "handing over alone";
  test(`a call over two workers and one port goes on when one dies, ${kernel}`, async () => {
    const env = { SLUICE_TEST_FAULTS: "1", SLUICE_PORT_STEERING: steering };
    const ended = await runChild(child, { env });
    assert.deepEqual(ended, { code: 0, signal: null, output: "survived\n" });
  });
}

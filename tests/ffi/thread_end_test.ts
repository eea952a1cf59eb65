import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { runChild } from "../support/child.ts";

describe("a JavaScript thread that ends takes its workers along, and no others", () => {
  for (const kind of ["node", "web"]) {
    for (const how of ["terminate", "finish"]) {
      test(`${kind === "node" ? "worker_thread" : "Web Worker"}, ${how}`, async () => {
        const file = new URL("children/thread_end.ts", import.meta.url);
        const { code, output } = await runChild(file, { args: [kind, how], patienceMs: 60_000 });
        assert.equal(output, "before 1,1, during 4,7\nthe main thread's worker: 1 socket\n");
        assert.equal(code, 0);
      });
    }
  }
});

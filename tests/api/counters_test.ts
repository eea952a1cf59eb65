/** docs/counters.md names every counter of the dumps, and each once. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { createWorker } from "../../mod.ts";
import { withMedia } from "./media_scene.ts";
import { audioOptions } from "./support.ts";

const root = new URL("../../", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), "utf8");

/** The names in the table of a section, in their order. */
function documented(section: string): string[] {
  const text = read("docs/counters.md").split(/^## /m).find((it) => it.startsWith(section));
  assert(text, `docs/counters.md has no section "${section}"`);
  const rows = Array.from(text.matchAll(/^\| `(\w+)` \| (.+) \| (.+) \|$/gm));
  assert.equal(rows.length, text.match(/^\| `/gm)?.length, "every row has three cells");
  return rows.map(([, name]) => name);
}

function assertSame(names: string[], shown: string[]): void {
  assert.deepEqual(names.toSorted(), shown.toSorted());
}

test("each counter of a worker is in its dump and in the table", async () => {
  const worker = await createWorker();
  const { counters } = await worker.dump();
  worker.close();
  assertSame(documented("Of a worker"), Object.keys(counters));
  const listed = read("engine/src/worker/loop/counters.h").matchAll(/^ {2}X\((\w+)\)/gm);
  for (const [, name] of listed) assert(name in counters, name);
  for (const [name, value] of Object.entries(counters)) assert(Number.isInteger(value), name);
});

test(
  "the drops of a consumer, a producer and a transport are in their dumps and in the tables",
  withMedia(audioOptions(), async ({ producer, consumer, ingress }) => {
    assertSame(documented("Of a consumer"), Object.keys((await consumer.dump()).drops));
    assertSame(documented("Of a producer"), Object.keys((await producer.dump()).drops));
    assertSame(documented("Of a transport"), Object.keys((await ingress.dump()).drops));
  }),
);

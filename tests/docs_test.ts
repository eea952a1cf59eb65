/** Every export has a comment, and the examples in comments run. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { runChild } from "./support/child.ts";

const repository = fileURLToPath(new URL("..", import.meta.url));
const exported = Object.values<string>(
  JSON.parse(readFileSync(join(repository, "deno.json"), "utf8")).exports,
);

test("everything that is exported has a comment, and so have its members", () => {
  const { stderr } = spawnSync("node_modules/.bin/deno", ["doc", "--lint", ...exported], {
    cwd: repository,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
  });
  const bare = [...stderr.matchAll(/^error\[missing-jsdoc\].*\n\s*--> (.*):(\d+):\d+$/gm)]
    .map(([, path, line]) => {
      const above = readFileSync(path, "utf8").split("\n")[Number(line) - 2];
      return { place: `${path}:${line}`, above };
    })
    // A comment of tags alone is one too.
    .filter(({ above }) => !above.trim().endsWith("*/"));
  assert.deepEqual(bare.map(({ place }) => place), []);
  assert.match(stderr, /Found \d+ documentation lint errors?|Checked \d+ files?/);
});

/** The code between the marks, without what makes it a comment. */
function examplesOf(path: string): string[] {
  const text = readFileSync(join(repository, path), "utf8").replace(/^ *\* ?/gm, "");
  return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code);
}

const inSfu = readdirSync(join(repository, "sfu"), { recursive: true, encoding: "utf8" });
const sources = ["mod.ts", ...inSfu.map((name) => `sfu/${name}`)]
  .filter((path) => path.endsWith(".ts"));
const examples = sources.flatMap((path) =>
  examplesOf(path).map((code, index) => ({ name: `${path}, example ${index + 1}`, code }))
);

test("there are examples", () => assert(examples.length >= 5, `${examples.length}`));

for (const [index, { name, code }] of examples.entries()) {
  test(`${name} runs and ends by itself`, async () => {
    const folder = join(repository, "build/docs");
    mkdirSync(folder, { recursive: true });
    const file = new URL(`../build/docs/example_${index}.ts`, import.meta.url);
    writeFileSync(file, code.replace('"sluice"', '"../../mod.ts"'));
    const { code: status, output } = await runChild(file);
    assert.equal(status, 0, output);
  });
}

/** What the README shows does what it says. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const repository = fileURLToPath(new URL("..", import.meta.url));
const readme = readFileSync(join(repository, "README.md"), "utf8");

test("the README's ten lines run and end by themselves", () => {
  const code = /```ts\n(.*?)```/s.exec(readme)?.[1] ?? "";
  const folder = join(repository, "build/readme");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "example.ts");
  writeFileSync(file, code.replace('"./mod.ts"', '"../../mod.ts"'));
  const flags = "Deno" in globalThis ? ["run", "-A"] : [];
  const { status, stdout, stderr } = spawnSync(process.execPath, [...flags, file], {
    encoding: "utf8",
    timeout: 300_000,
  });
  assert.equal(status, 0, stderr);
  assert.match(stdout, /127\.0\.0\.1/);
});

test("every file and folder that the README names exists", () => {
  const links = [...readme.matchAll(/\]\(([^)#:]+)\)/g)].map(([, path]) => path);
  const names = [...readme.matchAll(/`((?:[\w.-]+\/)+[\w.-]*)`/g)].map(([, path]) => path);
  const made = /^(build|node_modules)\//;
  for (const path of [...links, ...names].filter((path) => !made.test(path))) {
    assert.ok(existsSync(join(repository, path)), path);
  }
});

test("the README names the targets of make that there are, and no others", () => {
  const makefile = readFileSync(join(repository, "Makefile"), "utf8");
  const there = [...makefile.matchAll(/^([\w-]+):(?!=)/gm)].map(([, name]) => name);
  const blocks = [...readme.matchAll(/```sh\n(.*?)```/gs)].map(([, text]) => text).join("\n");
  const named = [...blocks.matchAll(/^make ([\w-]+)/gm)].map(([, name]) => name);
  assert.deepEqual(named.toSorted(), there.toSorted());
});

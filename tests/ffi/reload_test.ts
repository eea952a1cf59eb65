import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";

test("a program that is loaded again (deno run --watch, bun --hot) leaves no workers", async () => {
  const source = new URL("children/reloaded.ts", import.meta.url);
  const engine = new URL("../../ffi/engine_worker.ts", import.meta.url);
  const text = (await readFile(source, "utf8")).replace(
    "../../../ffi/engine_worker.ts",
    engine.href,
  );
  const generationOf = (n: number): string => text.replace("generation = 1", `generation = ${n}`);
  const folder = await mkdtemp(join(tmpdir(), "sluice-reload-"));
  const file = join(folder, "reloaded.ts");
  await writeFile(file, generationOf(1));

  const isBun = "bun" in process.versions;
  const args = isBun ? ["--hot", file] : ["run", "-A", "--no-check", "--watch", file];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "ignore"] });
  const patience = setTimeout(() => child.kill("SIGKILL"), 120_000);
  let generation = 1;
  // The runtime may look for changes only some time after the program has begun: what it missed is
  // written again. The last one may find the folder gone.
  const again = setInterval(() => {
    writeFile(file, generationOf(generation)).catch(() => undefined);
  }, 1000);
  try {
    let output = "";
    for await (const chunk of child.stdout) {
      output += chunk;
      if (!output.includes(`generation ${generation}: 2 workers\n`)) continue;
      if (++generation > 3) break;
      await writeFile(file, generationOf(generation));
    }
    assert.equal(generation, 4, output);
  } finally {
    clearTimeout(patience);
    clearInterval(again);
    child.kill("SIGKILL");
    await rm(folder, { recursive: true });
  }
});

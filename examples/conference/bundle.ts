/** Bundles the page's script with esbuild, if a source is newer than the bundle. */
import { build, stop } from "esbuild";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const repository = join(here, "../..");

export const publicFolder: string = join(here, "public");
const bundleFile = join(publicFolder, "client.bundle.js");

/** The sources of the bundle: the page's files, the shared types, the packages. */
function sources(): string[] {
  const client = join(here, "client");
  return [
    ...readdirSync(client).map((name) => join(client, name)),
    join(here, "signalling.ts"),
    join(repository, "package-lock.json"),
  ];
}

/** @returns Whether it bundled: false if the bundle was up to date. */
export async function bundleClient(): Promise<boolean> {
  const bundled = statSync(bundleFile, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (sources().every((file) => statSync(file).mtimeMs < bundled)) return false;
  await build({
    entryPoints: [join(here, "client/main.ts")],
    outfile: bundleFile,
    bundle: true,
    format: "esm",
    target: "es2022",
    minify: true,
    sourcemap: true,
    logLevel: "warning",
    tsconfigRaw: {},
  });
  await stop();
  return true;
}

/** The files of the page. */
import { Hono } from "hono";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { publicFolder } from "./bundle.ts";

const files: Record<string, { name: string; type: string }> = {
  "/": { name: "index.html", type: "text/html; charset=utf-8" },
  "/style.css": { name: "style.css", type: "text/css; charset=utf-8" },
  "/icon.svg": { name: "icon.svg", type: "image/svg+xml" },
  "/client.bundle.js": { name: "client.bundle.js", type: "text/javascript; charset=utf-8" },
  "/client.bundle.js.map": { name: "client.bundle.js.map", type: "application/json" },
};

/** Answers requests for the files of the page. */
export function page(): Hono {
  const app = new Hono();
  for (const [path, { name, type }] of Object.entries(files)) {
    app.get(path, async (context) => {
      const bytes = await readFile(join(publicFolder, name));
      const headers = { "content-type": type, "cache-control": "no-cache" };
      return context.body(new Uint8Array(bytes), 200, headers);
    });
  }
  return app;
}

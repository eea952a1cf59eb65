/** Objects of another copy of this module. */
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { audioOptions, mediaCodecs, udpInfo, withScene, wrong } from "./support.ts";

const repository = new URL("../../", import.meta.url);

/** Loads the module a second time, from other files, which the caller removes. */
async function otherCopy(path: string): Promise<typeof import("../../mod.ts")> {
  const folder = pathToFileURL(`${path}/`);
  for (const name of ["mod.ts", "package.json", "sfu", "ffi"]) {
    cpSync(new URL(name, repository), new URL(name, folder), { recursive: true });
  }
  symlinkSync(new URL("build", repository), new URL("build", folder));
  return await import(new URL("mod.ts", folder).href);
}

test(
  "an object of another copy of the module is refused by saying so",
  withScene(async ({ router, transport }) => {
    // Within the repository, so that packages are found.
    const path = mkdtempSync(fileURLToPath(new URL("build/copy-", repository)));
    const { createWorker, createWorkerPool } = await otherCopy(path);
    const worker = await createWorker();
    const pool = await createWorkerPool({ workers: 1 });
    try {
      const { id: producerId } = await transport.produce(audioOptions());
      for (const foreign of [worker, pool]) {
        const target = await foreign.createRouter({ mediaCodecs });
        await assert.rejects(router.pipeToRouter({ producerId, router: target }), {
          name: "TypeError",
          message: /^router belongs to another copy of this module/,
        });
        const webRtcServer = await foreign.createWebRtcServer({ listenInfos: [udpInfo] });
        await assert.rejects(router.createWebRtcTransport({ webRtcServer }), {
          name: "TypeError",
          message: /^webRtcServer belongs to another copy of this module/,
        });
      }
      const stranger = wrong({ id: "x", closed: false });
      await assert.rejects(router.pipeToRouter({ producerId, router: stranger }), {
        name: "TypeError",
        message: "Router not found (router)",
      });
      await assert.rejects(router.createWebRtcTransport({ webRtcServer: stranger }), {
        name: "TypeError",
        message: "webRtcServer must be a WebRtcServer",
      });
    } finally {
      worker.close();
      pool.close();
      rmSync(path, { recursive: true });
    }
  }),
);

/**
 * A conference over a pool of two workers and one media port, with Chromium: a publisher on one worker,
 * viewers on both, over UDP and over TCP. Then the worker without the publisher is made to fail, with
 * SLUICE_TEST_FAULTS=1 in the environment. Whatever is not as it should be ends it with an error.
 */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { bundleClient } from "../../../examples/conference/bundle.ts";
import { Conference } from "../../../examples/conference/conference.ts";
import { parseOptions } from "../../../examples/conference/options.ts";
import { page } from "../../../examples/conference/page.ts";
import { serve } from "../../../examples/conference/serve.ts";
import { messageBytesMax } from "../../../examples/conference/signalling.ts";
import { Method } from "../../../ffi/engine_worker.ts";
import { observer } from "../../../mod.ts";
import type { Router, Worker } from "../../../sfu/types.ts";
import { engines } from "../../support/engines.ts";
import { join, keepsReceiving, launchBrowser, received, receives } from "../../support/pages.ts";

const workers: Worker[] = [];
observer.on("newworker", (worker) => workers.push(worker));

const options = parseOptions(["--workers", "2", "--media-port", "0"])!;
await bundleClient();
const conference = await Conference.create(options);
const app = page();
const listener = await serve({
  host: "127.0.0.1",
  port: 0,
  messageBytesMax,
  socketPath: "/signalling",
  fetch: (request) => app.fetch(request),
  onSocket: (socket) => conference.connect(socket),
});
const browser = await launchBrowser();

/** Makes a worker so busy that whoever comes next goes to the other. Returns what ends that. */
async function burden(worker: Worker): Promise<Router> {
  const router = await worker.createRouter();
  for (let i = 0; i < 50; ++i) {
    await router.createPlainTransport({ listenInfo: { protocol: "udp", ip: "127.0.0.1" } });
  }
  return router;
}

/** Joins and waits for everything that Ada sends. */
async function enter(worker: number, name: string, query: Record<string, string>): Promise<Page> {
  const weight = await burden(workers[1 - worker]);
  const tab = await join(browser, `http://127.0.0.1:${listener.port}/`, { name, query });
  if (name !== "Ada") await seesAda(tab);
  else await tab.waitForFunction(() => (globalThis.conference?.call.producers.size ?? 0) === 2);
  weight.close();
  return tab;
}

async function seesAda(tab: Page): Promise<void> {
  await receives(tab, "Ada's streams", (rows) =>
    rows.length === 2 &&
    rows.every(({ kind, packets, framesDecoded }) =>
      packets > 10 && (kind === "audio" || framesDecoded > 5)
    ));
}

const counter = async (name: string): Promise<number> => {
  const dumps = await Promise.all(workers.filter((it) => !it.closed).map((it) => it.dump()));
  return dumps.reduce((sum, { counters }) => sum + counters[name], 0);
};

const ada = await enter(0, "Ada", {});
const viewers: Record<"ben" | "cy" | "di" | "ed", Page> = {
  ben: await enter(0, "Ben", { viewer: "" }),
  cy: await enter(1, "Cy", { viewer: "" }),
  di: await enter(1, "Di", { viewer: "", forceTcp: "" }),
  ed: await enter(0, "Ed", { viewer: "", forceTcp: "" }),
};
for (const [name, tab] of Object.entries(viewers)) {
  const protocol = name === "di" || name === "ed" ? "tcp" : "udp";
  assert.deepEqual((await received(tab)).map((row) => row.protocol), [protocol, protocol]);
}
const forwarded = await Promise.all(workers.map((worker) => worker.dump()));
for (const { counters } of forwarded) assert(counters.packets_forwarded > 50);
assert.equal(await counter("drop_unknown_path") + await counter("drop_handover_full"), 0);

// Whoever lives on the first worker does not notice.
const camera = (): Promise<string | undefined> =>
  ada.evaluate(() => globalThis.conference!.call.producers.get("camera")?.id);
const before = await camera();
assert(before);
const { ben, cy, di, ed } = viewers;
const lost = [cy, di].map((tab) => tab.locator("#status").waitFor({ state: "visible" }));
const died = new Promise((done) => workers[1].once("died", done));
const passing = [ben, ed].flatMap((tab) => [
  keepsReceiving(tab, "video", 90),
  keepsReceiving(tab, "audio", 100),
]);
engines[1].call(Method.WORKER_FAIL, 0, { as: "logic_error", later: true });
await died;
await Promise.all(lost);
for (const tab of [ada, ben, ed]) assert.equal(await tab.locator("#status").isVisible(), false);
await Promise.all(passing);
assert.equal(await camera(), before);

// And who lived on the other comes back.
for (const tab of [cy, di]) {
  await tab.locator("#status").waitFor({ state: "hidden" });
  await seesAda(tab);
}
for (const tab of Object.values(viewers)) await keepsReceiving(tab, "video", 30);
await browser.close();
await listener.stop();
conference.close();
assert.deepEqual(workers.map((worker) => worker.died), [false, true]);
console.log("survived");

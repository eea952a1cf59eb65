import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as sluice from "../../mod.ts";
import type { types } from "../../mod.ts";
import { assertTypeErrors, next, withWorker, wrong } from "./support.ts";

test("the module has the names that mediasoup's has", () => {
  for (
    const name of [
      "createWorker",
      "errors",
      "extras",
      "getSupportedRtpCapabilities",
      "observer",
      "ortc",
      "parseScalabilityMode",
      "setLogEventListeners",
      "version",
      "workerBin",
    ]
  ) assert(name in sluice, name);
  assert.deepEqual(Object.keys(sluice.errors).sort(), [
    "NotFoundError",
    "UnsupportedError",
    "WorkerClosedError",
  ]);
  assert.deepEqual(Object.keys(sluice.extras).sort(), ["EnhancedEventEmitter", "enhancedOnce"]);
});

test("the package has the entries that mediasoup's has, the same for both runtimes", async () => {
  const read = (name: string): { exports: Record<string, string> } =>
    JSON.parse(readFileSync(new URL(`../../${name}`, import.meta.url), "utf8"));
  const { exports } = read("package.json");
  assert.deepEqual(read("deno.json").exports, exports);
  assert.deepEqual(Object.keys(exports), [".", "./types", "./errors", "./ortc", "./extras"]);
  for (const [entry, file] of Object.entries(exports)) {
    const entered = await import(new URL(`../../${file}`, import.meta.url).href);
    const name = entry.slice(2) as "errors" | "ortc" | "extras";
    if (name in sluice) assert.equal(entered, sluice[name]);
  }
});

test("version is that of package.json", () => {
  const file = new URL("../../package.json", import.meta.url);
  assert.equal(sluice.version, JSON.parse(readFileSync(file, "utf8")).version);
});

test("getSupportedRtpCapabilities() gives a copy each time", () => {
  const first = sluice.getSupportedRtpCapabilities();
  const second = sluice.getSupportedRtpCapabilities();
  assert.deepEqual(first, second);
  assert.notEqual(first, second);
  assert(first.codecs?.some((codec) => codec.mimeType === "audio/opus"));
  first.codecs = [];
  assert.deepEqual(sluice.getSupportedRtpCapabilities(), second);
});

test("parseScalabilityMode() reads layers and falls back to one of each", () => {
  assert.deepEqual(sluice.parseScalabilityMode("L3T2_KEY"), {
    spatialLayers: 3,
    temporalLayers: 2,
    ksvc: true,
  });
  assert.deepEqual(sluice.parseScalabilityMode(), {
    spatialLayers: 1,
    temporalLayers: 1,
    ksvc: false,
  });
});

test("observer emits newworker before createWorker() resolves", async () => {
  const seen: types.Worker[] = [];
  const listener = (worker: types.Worker): void => void seen.push(worker);
  sluice.observer.on("newworker", listener);
  const worker = await sluice.createWorker();
  sluice.observer.off("newworker", listener);
  worker.close();
  assert.deepEqual(seen, [worker]);
});

test("setLogEventListeners() delivers logs with their namespace until it is called again", async () => {
  const logs: [string, string][] = [];
  sluice.setLogEventListeners({ ondebug: (namespace, log) => logs.push([namespace, log]) });
  const worker = await sluice.createWorker();
  sluice.setLogEventListeners();
  const count = logs.length;
  worker.close();
  assert(logs.some(([namespace, log]) => namespace === "sluice" && log === "createWorker()"));
  assert.equal(logs.length, count);
});

test(
  "setLogEventListeners() tells of warnings and errors, with the error where there is one",
  withWorker(async (worker) => {
    const warnings: unknown[][] = [];
    const errors: unknown[][] = [];
    sluice.setLogEventListeners({
      onwarn: (...args) => warnings.push(args),
      onerror: (...args) => errors.push(args),
    });
    try {
      const router = await worker.createRouter();
      await router.createPlainTransport({
        listenInfo: { protocol: "udp", ip: "127.0.0.1" },
        rtcpListenInfo: { protocol: "udp", ip: "127.0.0.1" },
      });
      router.on("workerclose", () => {
        throw new Error("a listener's mistake");
      });
      const heard = next(router, "listenererror");
      worker.close();
      assert.deepEqual((await heard)[0], "workerclose");
    } finally {
      sluice.setLogEventListeners();
    }
    assert.deepEqual(warnings.map(([namespace]) => namespace), ["sluice:WARN:Router"]);
    const [namespace, , error] = errors[0];
    assert.equal(namespace, "sluice:ERROR:Router");
    assert.equal((error as Error).message, "a listener's mistake");
  }),
);

test("setLogEventListeners() ignores a callback that throws, and refuses what is none", async () => {
  sluice.setLogEventListeners({
    ondebug: () => {
      throw new Error("ignored");
    },
  });
  const worker = await sluice.createWorker();
  sluice.setLogEventListeners();
  worker.close();
  await assertTypeErrors([
    ["no object", () => sluice.setLogEventListeners(wrong("x")), /listeners/],
    ["no function", () => sluice.setLogEventListeners(wrong({ onwarn: 1 })), /onwarn/],
  ]);
});

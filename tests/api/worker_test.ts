import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import * as sluice from "../../mod.ts";
import {
  assertTypeErrors,
  mediaCodecs,
  next,
  record,
  udpInfo,
  withWorker,
  wrong,
} from "./support.ts";

test(
  "createWorker() gives an open worker in this process",
  withWorker(async (worker) => {
    assert.equal(worker.pid, process.pid);
    assert.equal(worker.closed, false);
    assert.equal(worker.died, false);
    assert.equal(worker.subprocessClosed, false);
    assert.deepEqual(worker.appData, {});
    assert.deepEqual(
      await worker.dump().then(({ webRtcServerIds, routerIds }) => [
        webRtcServerIds,
        routerIds,
      ]),
      [[], []],
    );
  }),
);

test("createWorker() takes every setting", async () => {
  const worker = await sluice.createWorker<{ foo: number }>({
    logLevel: "debug",
    logTags: ["info", "ice", "dtls", "rtp", "srtp", "rtcp", "rtx", "bwe", "score", "simulcast"],
    rtcMinPort: 40000,
    rtcMaxPort: 40999,
    workerBin: sluice.workerBin,
    libwebrtcFieldTrials: "WebRTC-Bwe-AlrLimitedBackoff/Disabled/",
    appData: { foo: 456 },
  });
  try {
    assert.equal(worker.appData.foo, 456);
    const router = await worker.createRouter();
    const { tuple } = await router.createPlainTransport({ listenInfo: udpInfo });
    assert(tuple.localPort >= 40000 && tuple.localPort <= 40999, `${tuple.localPort}`);
  } finally {
    worker.close();
  }
});

test("createWorker() refuses wrong settings", async () => {
  const bad = (settings: unknown): () => Promise<unknown> => async () => {
    const worker = await sluice.createWorker(wrong(settings));
    worker.close();
  };
  await assertTypeErrors([
    ["settings", bad(1), /settings/],
    ["logLevel", bad({ logLevel: "chicken" }), /logLevel/],
    ["logTags type", bad({ logTags: "ice" }), /logTags/],
    ["logTags entry", bad({ logTags: ["ice", 5] }), /logTags\[1\]/],
    ["rtcMinPort fraction", bad({ rtcMinPort: 1000.5 }), /rtcMinPort/],
    ["rtcMaxPort range", bad({ rtcMaxPort: 65536 }), /rtcMaxPort/],
    ["rtcMaxPort text", bad({ rtcMaxPort: "high" }), /rtcMaxPort/],
    ["ports reversed", bad({ rtcMinPort: 1000, rtcMaxPort: 999 }), /rtcMinPort/],
    ["certificate type", bad({ dtlsCertificateFile: 1 }), /dtlsCertificateFile/],
    ["certificate alone", bad({ dtlsCertificateFile: "/a" }), /dtlsPrivateKeyFile/],
    ["key alone", bad({ dtlsPrivateKeyFile: "/a" }), /dtlsCertificateFile/],
    [
      "certificate missing",
      bad({ dtlsCertificateFile: "/nowhere/a.pem", dtlsPrivateKeyFile: "/nowhere/b.pem" }),
      /dtlsCertificateFile/,
    ],
    ["workerBin", bad({ workerBin: 1 }), /workerBin/],
    ["appData", bad({ appData: "not-an-object" }), /appData/],
  ]);
});

test(
  "appData is replaced as a whole, by objects only",
  withWorker(async (worker) => {
    worker.appData = { a: 1 };
    assert.deepEqual(worker.appData, { a: 1 });
    await assertTypeErrors([
      ["text", () => void (worker.appData = wrong("x")), /appData/],
      ["undefined", () => void (worker.appData = wrong(undefined)), /appData/],
    ]);
    assert.deepEqual(worker.appData, { a: 1 });
  }),
);

test(
  "dump() lists what lives in the worker",
  withWorker(async (worker) => {
    const server = await worker.createWebRtcServer({ listenInfos: [udpInfo] });
    const router = await worker.createRouter({ mediaCodecs });
    const transport = await router.createWebRtcTransport({ webRtcServer: server });
    const dump = await worker.dump();
    assert.equal(dump.pid, process.pid);
    assert.equal(dump.counters.drop_send_error, 0);
    assert(dump.sendGroupSizes.every((count) => count === 0));
    assert.deepEqual(dump.webRtcServerIds, [server.id]);
    assert.deepEqual(dump.routerIds, [router.id]);
    assert.deepEqual(dump.channelMessageHandlers, {
      channelRequestHandlers: [server.id, router.id, transport.id],
      channelNotificationHandlers: [],
    });
    router.close();
    server.close();
    const after = await worker.dump();
    assert.deepEqual([after.webRtcServerIds, after.routerIds], [[], []]);
    assert.deepEqual(after.channelMessageHandlers.channelRequestHandlers, []);
  }),
);

test(
  "getResourceUsage() has the fields of getrusage(2)",
  withWorker(async (worker) => {
    const usage = await worker.getResourceUsage();
    assert.deepEqual(Object.keys(usage).sort(), [
      "ru_idrss",
      "ru_inblock",
      "ru_isrss",
      "ru_ixrss",
      "ru_majflt",
      "ru_maxrss",
      "ru_minflt",
      "ru_msgrcv",
      "ru_msgsnd",
      "ru_nivcsw",
      "ru_nsignals",
      "ru_nswap",
      "ru_nvcsw",
      "ru_oublock",
      "ru_stime",
      "ru_utime",
    ]);
    for (const [name, value] of Object.entries(usage)) assert.equal(typeof value, "number", name);
    assert(usage.ru_maxrss > 0);
  }),
);

test(
  "updateSettings() changes what is logged, and refuses what it does not know",
  withWorker(async (worker) => {
    await worker.updateSettings({ logLevel: "debug", logTags: ["ice"] });
    await worker.updateSettings({});
    await worker.updateSettings();
    await assertTypeErrors([
      ["logLevel", () => worker.updateSettings(wrong({ logLevel: "chicken" })), /logLevel/],
      ["logTags", () => worker.updateSettings(wrong({ logTags: "ice" })), /logTags/],
      ["logTags entry", () => worker.updateSettings(wrong({ logTags: [1] })), /logTags\[0\]/],
    ]);
  }),
);

test("close() ends everything in order and is told once", async () => {
  const worker = await sluice.createWorker();
  const server = await worker.createWebRtcServer({ listenInfos: [udpInfo] });
  const router = await worker.createRouter({ mediaCodecs });
  const transport = await router.createWebRtcTransport({ webRtcServer: server });
  const log: string[] = [];
  record(log, "worker", worker, ["subprocessclose", "died"]);
  record(log, "worker.observer", worker.observer, ["close"]);
  record(log, "router", router, ["workerclose"]);
  record(log, "router.observer", router.observer, ["close"]);
  record(log, "server", server, ["workerclose"]);
  record(log, "server.observer", server.observer, ["close"]);
  record(log, "transport", transport, ["routerclose", "listenserverclose"]);
  record(log, "transport.observer", transport.observer, ["close"]);
  const ended = next(worker, "subprocessclose");
  worker.close();
  assert.equal(worker.closed, true);
  assert.equal(worker.subprocessClosed, false);
  worker.close();
  await ended;
  // A second one would come in a later turn.
  await new Promise((done) => setImmediate(done));
  assert.equal(worker.subprocessClosed, true);
  assert.equal(worker.died, false);
  assert.deepEqual(log, [
    "transport:routerclose",
    "transport.observer:close",
    "router:workerclose",
    "router.observer:close",
    "server:workerclose",
    "server.observer:close",
    "worker.observer:close",
    "worker:subprocessclose",
  ]);
  assert(router.closed && server.closed && transport.closed);
});

test("workers come and go by the hundred, and leave no thread and no descriptor behind", async () => {
  const count = (): { threads: number; descriptors: number } => ({
    threads: readdirSync("/proc/self/task").length,
    descriptors: readdirSync("/proc/self/fd").length,
  });
  const comeAndGo = async (): Promise<void> => {
    const worker = await sluice.createWorker();
    await worker.createRouter({ mediaCodecs });
    const ended = next(worker, "subprocessclose");
    worker.close();
    await ended;
  };
  await comeAndGo(); // The runtime opens what it needs for all of them.
  const before = count();
  for (let i = 0; i < 100; ++i) await comeAndGo();
  const after = count();
  // The runtime's own threads and descriptors come and go too, but not one per worker.
  assert(after.threads < before.threads + 50, `${before.threads} threads, then ${after.threads}`);
  assert(
    after.descriptors < before.descriptors + 50,
    `${before.descriptors} descriptors, then ${after.descriptors}`,
  );
});

/** What the engine logs, by level and by tag, through setLogEventListeners(). */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import { createWorker, setLogEventListeners } from "../../mod.ts";
import type { PlainTransport, Worker, WorkerLogLevel, WorkerLogTag } from "../../sfu/types.ts";
import { Endpoint } from "./media_scene.ts";
import { audioPacket } from "./rtp.ts";
import { audioOptions, eventsDelivered, mediaCodecs, udpInfo } from "./support.ts";

const unknown = "(rtp) no producer takes a packet [ssrc:11111111]";
const forged = "(srtp) a packet could not be opened [ssrc:11111111]";

const choices: [level: WorkerLogLevel, tags: WorkerLogTag[], expected: string[]][] = [
  ["error", ["rtp", "srtp"], []],
  ["none", ["rtp", "srtp"], []],
  ["warn", [], []],
  ["warn", ["rtp"], [unknown]],
  ["warn", ["srtp", "ice"], [forged]],
  ["debug", ["rtp", "srtp"], [unknown, forged]],
];

/** Sends a packet that nobody wants, and one that cannot be opened; both have been looked at then. */
async function provoke(
  worker: Worker,
  sender: Endpoint,
  transports: PlainTransport[],
): Promise<void> {
  const datagrams = async () => (await worker.dump()).counters.datagrams_received;
  for (const transport of transports) {
    const before = await datagrams();
    await sender.send(audioPacket(1), transport);
    while (await datagrams() === before) await new Promise((done) => setTimeout(done, 1));
  }
}

test("warnings come for the chosen tags, from the chosen level on, and both may be changed", async () => {
  const worker = await createWorker({ logLevel: "warn", logTags: ["rtp"] });
  const sender = new Endpoint();
  try {
    const warnings: string[] = [];
    setLogEventListeners({ onwarn: (_namespace, log) => warnings.push(log) });
    const port = await sender.open();
    const router = await worker.createRouter({ mediaCodecs });
    const plain = await router.createPlainTransport({ listenInfo: udpInfo });
    await plain.connect({ ip: "127.0.0.1", port });
    const cryptoSuite = "AEAD_AES_128_GCM";
    const secret = await router.createPlainTransport({
      listenInfo: udpInfo,
      enableSrtp: true,
      srtpCryptoSuite: cryptoSuite,
    });
    const keyBase64 = Buffer.alloc(28, 1).toString("base64");
    await secret.connect({ ip: "127.0.0.1", port, srtpParameters: { cryptoSuite, keyBase64 } });
    await secret.produce(audioOptions());

    await provoke(worker, sender, [plain, secret]);
    await eventsDelivered(router);
    assert.deepEqual(warnings, [unknown], "as createWorker() was told");
    for (const [logLevel, logTags, expected] of choices) {
      warnings.length = 0;
      await worker.updateSettings({ logLevel, logTags });
      await provoke(worker, sender, [plain, secret]);
      await eventsDelivered(router);
      assert.deepEqual(warnings, expected, `${logLevel} ${logTags}`);
    }
  } finally {
    setLogEventListeners();
    sender.close();
    worker.close();
  }
});

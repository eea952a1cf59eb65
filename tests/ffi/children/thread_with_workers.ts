/** Makes workers on its own thread; closes none. Ends when it is told to. */
import { isMainThread, parentPort } from "node:worker_threads";

import { createWorker } from "../../../mod.ts";

const listenInfos = [
  { protocol: "udp" as const, ip: "127.0.0.1" },
  { protocol: "tcp" as const, ip: "127.0.0.1" },
];
for (let i = 0; i < 3; ++i) {
  const worker = await createWorker();
  await worker.createWebRtcServer({ listenInfos });
}

if (!isMainThread && parentPort) {
  // deno-lint-ignore no-process-global
  parentPort.on("message", () => process.exit(0));
  parentPort.postMessage("ready");
} else {
  const scope = globalThis as unknown as {
    onmessage: () => void;
    postMessage(message: string): void;
    close(): void;
  };
  scope.onmessage = () => scope.close();
  scope.postMessage("ready");
}

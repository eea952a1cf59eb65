/** Real objects against a description of mediasoup's public API. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createWorker } from "../mod.ts";
import type * as api from "./public_api.ts";
import { mediaCodecs, udpInfo } from "./api/support.ts";

test("real objects can be handed to code that knows the description alone", async () => {
  const worker: api.Worker = await createWorker();
  const router: api.Router = await worker.createRouter({ mediaCodecs });
  const listenInfos = [udpInfo];
  const server: api.WebRtcServer = await worker.createWebRtcServer({ listenInfos });
  const webRtc: api.WebRtcTransport = await router.createWebRtcTransport({ listenInfos });
  const transports: api.Transport[] = [
    webRtc,
    await router.createPlainTransport({ listenInfo: udpInfo }),
    await router.createDirectTransport(),
  ];
  const observer: api.AudioLevelObserver = await router.createAudioLevelObserver();
  assert.deepEqual(transports.map(({ type }) => type), ["webrtc", "plain", "direct"]);
  worker.close();
  for (const it of [router, server, observer, ...transports]) assert.equal(it.closed, true);
});

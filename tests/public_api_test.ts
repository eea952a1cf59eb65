/** Our types against a description of mediasoup's public API, both ways; the compiler checks it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createWorker, type types } from "../mod.ts";
import type * as api from "./public_api.ts";
import { mediaCodecs, udpInfo } from "./api/support.ts";

/** `true` if what the description has can be used as ours, and ours as the description says. */
type Fits<Ours, Described> = Ours extends Described
  ? Described extends Pick<Ours, keyof Described & keyof Ours> ? true : "ours asks for more"
  : "ours lacks something";

/** Every emitter has them, and they are typed by the events. */
type OfEmitters = keyof types.RtpObserver extends infer K
  ? K extends keyof import("../sfu/base/emitter.ts").EnhancedEventEmitter ? K : never
  : never;

/** What ours have beyond the description. */
type More<Ours, Described> = Exclude<keyof Ours, keyof Described | OfEmitters>;

/** Compiles if every claim is `true`. */
function holds<_Claims extends true[]>(): void {}

type Same<A, B> = [A, B] extends [B, A] ? true : false;

test("our objects are what the description says, and the description is what they are", () => {
  holds<[
    Fits<types.Worker, api.Worker>,
    Fits<types.WebRtcServer, api.WebRtcServer>,
    Fits<types.Router, api.Router>,
    Fits<types.Transport, Omit<api.Transport, never>>,
    Fits<types.WebRtcTransport, api.WebRtcTransport>,
    Fits<types.PlainTransport, api.PlainTransport>,
    Fits<types.PipeTransport, api.PipeTransport>,
    Fits<types.DirectTransport, api.DirectTransport>,
    Fits<types.Producer, api.Producer>,
    Fits<types.Consumer, api.Consumer>,
    Fits<types.DataProducer, api.DataProducer>,
    Fits<types.DataConsumer, api.DataConsumer>,
    Fits<types.ActiveSpeakerObserver, api.ActiveSpeakerObserver>,
    Fits<types.AudioLevelObserver, api.AudioLevelObserver>,
  ]>();
});

test("what ours have more is known", () => {
  holds<[
    Same<More<types.Worker, api.Worker>, never>,
    Same<More<types.WebRtcServer, api.WebRtcServer>, never>,
    Same<More<types.Router, api.Router>, "addPipeTransportPair">,
    Same<More<types.WebRtcTransport, api.WebRtcTransport>, never>,
    Same<More<types.PlainTransport, api.PlainTransport>, never>,
    Same<More<types.PipeTransport, api.PipeTransport>, never>,
    Same<More<types.DirectTransport, api.DirectTransport>, never>,
    Same<More<types.Producer, api.Producer>, "sendBatch">,
    Same<More<types.Consumer, api.Consumer>, "packets" | typeof Symbol.asyncIterator>,
    Same<More<types.DataProducer, api.DataProducer>, "sendBatch">,
    Same<More<types.DataConsumer, api.DataConsumer>, "messages" | typeof Symbol.asyncIterator>,
    Same<More<types.ActiveSpeakerObserver, api.ActiveSpeakerObserver>, never>,
    Same<More<types.AudioLevelObserver, api.AudioLevelObserver>, never>,
  ]>();
});

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

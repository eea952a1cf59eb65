/**
 * Holds the types still. Their shapes are checked by the compiler, under `deno check` and `tsc`,
 * and their names when the test runs.
 */
import assert from "node:assert/strict";
import type { Buffer } from "node:buffer";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type * as types from "../sfu/types.ts";

/** Every type that mediasoup 3.27 exports. */
const names = `
ActiveSpeakerObserver ActiveSpeakerObserverDominantSpeaker ActiveSpeakerObserverEvents
ActiveSpeakerObserverObserver ActiveSpeakerObserverObserverEvents ActiveSpeakerObserverOptions
AppData AudioLevelObserver AudioLevelObserverEvents AudioLevelObserverObserver
AudioLevelObserverObserverEvents AudioLevelObserverOptions AudioLevelObserverVolume
BaseConsumerDump BaseRtpStreamStats BaseTransportDump BaseTransportStats BitrateByLayer Consumer
ConsumerDump ConsumerEvents ConsumerLayers ConsumerObserver ConsumerObserverEvents
ConsumerOptions ConsumerScore ConsumerStat ConsumerTraceEventData ConsumerTraceEventType
ConsumerType DataConsumer DataConsumerDump DataConsumerEvents DataConsumerObserver
DataConsumerObserverEvents DataConsumerOptions DataConsumerStat DataConsumerType DataProducer
DataProducerDump DataProducerEvents DataProducerObserver DataProducerObserverEvents
DataProducerOptions DataProducerStat DataProducerType DirectTransport DirectTransportDump
DirectTransportEvents DirectTransportObserver DirectTransportObserverEvents
DirectTransportOptions DirectTransportStat DtlsFingerprint DtlsParameters DtlsRole DtlsState
Either FingerprintAlgorithm IceCandidate IceCandidateTcpType IceCandidateType IceParameters
IceRole IceState IceUserNameFragment Index IpPort LogEventListeners MediaKind NotFoundError
Observer ObserverEvents PipeConsumerDump PipeConsumerOptions PipeToRouterOptions
PipeToRouterResult PipeTransport PipeTransportDump PipeTransportEvents PipeTransportObserver
PipeTransportObserverEvents PipeTransportOptions PipeTransportPair PipeTransportStat
PlainTransport PlainTransportDump PlainTransportEvents PlainTransportObserver
PlainTransportObserverEvents PlainTransportOptions PlainTransportStat Producer ProducerDump
ProducerEvents ProducerObserver ProducerObserverEvents ProducerOptions ProducerScore
ProducerStat ProducerTraceEventData ProducerTraceEventType ProducerType ProducerVideoOrientation
RecvRtpHeaderExtensions Router RouterDump RouterEvents RouterObserver RouterObserverEvents
RouterOptions RouterRtpCapabilities RouterRtpCodecCapability RtcpFeedback RtcpParameters
RtpCapabilities RtpCodecCapability RtpCodecParameters RtpEncodingParameters RtpHeaderExtension
RtpHeaderExtensionDirection RtpHeaderExtensionParameters RtpHeaderExtensionUri RtpListenerDump
RtpObserver RtpObserverEvents RtpObserverObserver RtpObserverObserverEvents RtpObserverType
RtpParameters RtpStreamDump RtpStreamParametersDump RtpStreamRecvStats RtpStreamSendStats
RtxStreamDump RtxStreamParameters ScalabilityMode SctpListenerDump SctpNegotiatedCapabilities
SctpParameters SctpState SctpStreamParameters SimpleConsumerDump SimulcastConsumerDump
SrtpCryptoSuite SrtpParameters SvcConsumerDump Transport TransportEvents TransportListenInfo
TransportListenIp TransportObserver TransportObserverEvents TransportPortRange TransportProtocol
TransportSocketFlags TransportTraceEventData TransportTraceEventType TransportTuple
TransportType UnsupportedError WebRtcServer WebRtcServerDump WebRtcServerEvents
WebRtcServerListenInfo WebRtcServerObserver WebRtcServerObserverEvents WebRtcServerOptions
WebRtcTransport WebRtcTransportDump WebRtcTransportEvents WebRtcTransportObserver
WebRtcTransportObserverEvents WebRtcTransportOptions WebRtcTransportStat Worker
WorkerClosedError WorkerDump WorkerEvents WorkerLogLevel WorkerLogTag WorkerObserver
WorkerObserverEvents WorkerResourceUsage WorkerSettings WorkerUpdateableSettings
`;

/** Names that a module exports, with those of the modules it passes on. */
function exportedNames(module: URL): Set<string> {
  const text = readFileSync(module, "utf8");
  const found = new Set<string>();
  for (const [, name] of text.matchAll(/^export (?:type|interface|class) (\w+)/gm)) found.add(name);
  for (const [, list] of text.matchAll(/^export type \{([^}]*)\}/gm)) {
    for (const [name] of list.matchAll(/\w+/g)) found.add(name);
  }
  for (const [, path] of text.matchAll(/^export type \* from "(.*)";/gm)) {
    for (const name of exportedNames(new URL(path, module))) found.add(name);
  }
  return found;
}

test("the types have all the names of mediasoup's", () => {
  const exported = exportedNames(new URL("../sfu/types.ts", import.meta.url));
  const missing = names.trim().split(/\s+/).filter((name) => !exported.has(name));
  assert.deepEqual(missing, []);
});

/** Exact equality: neither side may be `any` or merely assignable. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true
  : false;

/** Compiles if every claim is `true`. */
function holds<_Claims extends true[]>(): void {}

/** What an event's listener is called with. */
type Event<E, K extends keyof E> = E[K];

type Room = { room: string };

test("values are those of the specifications", () => {
  holds<[
    Same<types.MediaKind, "audio" | "video">,
    Same<types.WorkerLogLevel, "debug" | "warn" | "error" | "none">,
    Same<types.IceState, "new" | "connected" | "completed" | "disconnected" | "closed">,
    Same<types.DtlsState, "new" | "connecting" | "connected" | "failed" | "closed">,
    Same<types.SctpState, "new" | "connecting" | "connected" | "failed" | "closed">,
    Same<types.DtlsRole, "auto" | "client" | "server">,
    Same<types.FingerprintAlgorithm, `sha-${1 | 224 | 256 | 384 | 512}`>,
    Same<
      types.SrtpCryptoSuite,
      `AEAD_AES_${128 | 256}_GCM` | `AES_CM_128_HMAC_SHA1_${32 | 80}`
    >,
    Same<types.TransportType, "webrtc" | "plain" | "pipe" | "direct">,
    Same<types.ProducerType, "simple" | "simulcast" | "svc">,
    Same<types.ConsumerType, "simple" | "simulcast" | "svc" | "pipe">,
    Same<types.ProducerTraceEventType, "rtp" | "keyframe" | "nack" | "pli" | "fir" | "sr">,
    Same<types.ConsumerTraceEventType, "rtp" | "keyframe" | "nack" | "pli" | "fir">,
    Same<types.TransportTraceEventType, "probation" | "bwe">,
  ]>();
});

test("events have their arguments", () => {
  holds<[
    Same<Event<types.ObserverEvents, "newworker">, [types.Worker]>,
    Same<Event<types.WorkerEvents, "died">, [Error]>,
    Same<Event<types.WorkerObserverEvents, "newrouter">, [types.Router]>,
    Same<Event<types.RouterObserverEvents, "newtransport">, [types.Transport]>,
    Same<Event<types.WebRtcTransportEvents, "icestatechange">, [types.IceState]>,
    Same<Event<types.WebRtcTransportEvents, "routerclose">, []>,
    Same<Event<types.PlainTransportEvents, "rtcptuple">, [types.TransportTuple]>,
    Same<Event<types.DirectTransportEvents, "rtcp">, [Buffer]>,
    Same<Event<types.ProducerEvents, "score">, [types.ProducerScore[]]>,
    Same<Event<types.ConsumerEvents, "layerschange">, [types.ConsumerLayers?]>,
    Same<Event<types.ConsumerEvents, "rtp">, [Buffer]>,
    Same<Event<types.DataConsumerEvents, "message">, [Buffer, number]>,
    Same<Event<types.AudioLevelObserverEvents, "volumes">, [types.AudioLevelObserverVolume[]]>,
    Same<
      Event<types.ActiveSpeakerObserverEvents, "dominantspeaker">,
      [types.ActiveSpeakerObserverDominantSpeaker]
    >,
  ]>();
});

test("entities carry their application data's type", () => {
  holds<[
    Same<types.Worker<Room>["appData"], Room>,
    Same<types.Worker["appData"], types.AppData>,
    Same<types.Producer<Room>["appData"], Room>,
    Same<types.Consumer<Room>["appData"], Room>,
    Same<types.WebRtcTransport<Room>["appData"], Room>,
  ]>();
});

test("methods take and give what they say", () => {
  holds<[
    Same<types.Worker["close"], () => void>,
    Same<Awaited<ReturnType<types.Worker["dump"]>>, types.WorkerDump>,
    Same<Awaited<ReturnType<types.Router["createPlainTransport"]>>["type"], "plain">,
    Same<
      Parameters<types.Router["canConsume"]>,
      [{ producerId: string; rtpCapabilities: types.RtpCapabilities }]
    >,
    Same<Parameters<types.WebRtcTransport["connect"]>, [{ dtlsParameters: types.DtlsParameters }]>,
    Same<types.WebRtcTransport["restartIce"], () => Promise<types.IceParameters>>,
    Same<Awaited<ReturnType<types.PlainTransport["getStats"]>>, types.PlainTransportStat[]>,
    Same<types.Producer["send"], (rtpPacket: Buffer) => void>,
    Same<
      Awaited<ReturnType<types.Consumer["getStats"]>>,
      (types.ConsumerStat | types.ProducerStat)[]
    >,
    Same<types.Consumer["setPriority"], (priority: number) => Promise<void>>,
    Same<types.DataConsumer["getBufferedAmount"], () => Promise<number>>,
  ]>();
});

/** Never called: what the compiler accepts and refuses. */
export function usage(
  router: types.Router,
  transport: types.WebRtcTransport<Room>,
  webRtcServer: types.WebRtcServer,
): void {
  const listenInfos: types.TransportListenInfo[] = [{ protocol: "udp", ip: "127.0.0.1" }];
  router.createWebRtcTransport({ listenInfos, enableSctp: true, appData: { room: "a" } });
  router.createWebRtcTransport({ webRtcServer });
  router.createWebRtcTransport({ listenIps: ["127.0.0.1", { ip: "::1" }], port: 4000 });
  // @ts-expect-error Sockets of its own or a server's, not both.
  router.createWebRtcTransport({ listenInfos, webRtcServer });
  // @ts-expect-error One of the two is needed.
  router.createWebRtcTransport({});
  router.createPlainTransport({ listenInfo: listenInfos[0], comedia: true });
  // @ts-expect-error Not with the deprecated style.
  router.createPlainTransport({ listenIp: "127.0.0.1", rtcpListenInfo: listenInfos[0] });

  const any: types.Transport = transport;
  any.on("@close", () => {});
  transport.on("sctpstatechange", (state: types.SctpState) => state);
  transport.observer.once("newconsumer", (consumer) => consumer.close());
  transport.on("listenererror", (_event, error) => error.message);
  // @ts-expect-error No such event.
  transport.on("disconnected", () => {});
  // @ts-expect-error The room is a string.
  transport.appData = { room: 1 };
}

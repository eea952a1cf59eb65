/**
 * Claims about the shapes of our types. The compiler checks them, under `deno check` and under
 * `tsc`: nothing here runs, so nothing here is a test.
 */
import type { Buffer } from "node:buffer";
import type * as types from "../sfu/types.ts";

/** Exact equality: neither side may be `any` or merely assignable. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true
  : false;

/** Compiles if every claim is `true`. */
type Holds<Claims extends true[]> = Claims;

/** What an event's listener is called with. */
type Event<E, K extends keyof E> = E[K];

type Room = { room: string };

/** Values are those of the specifications. */
export type Values = Holds<[
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
]>;

/** Events have their arguments. */
export type Events = Holds<[
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
]>;

/** Entities carry their application data's type. */
export type ApplicationData = Holds<[
  Same<types.Worker<Room>["appData"], Room>,
  Same<types.Worker["appData"], types.AppData>,
  Same<types.Producer<Room>["appData"], Room>,
  Same<types.Consumer<Room>["appData"], Room>,
  Same<types.WebRtcTransport<Room>["appData"], Room>,
]>;

/** Methods take and give what they say. */
export type Methods = Holds<[
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
]>;

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

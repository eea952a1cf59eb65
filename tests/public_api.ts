/**
 * The public API of mediasoup 3.27, member by member, as its documentation describes it: what an
 * application may rely on. `public_api_claims.ts` compares our types with these.
 */
import type { Buffer } from "node:buffer";
import type { types } from "../mod.ts";

export type * from "./public_api_data.ts";

export interface Entity {
  readonly closed: boolean;
  appData: types.AppData;
  close(): void;
}

export interface Worker extends Entity {
  readonly pid: number;
  readonly died: boolean;
  readonly subprocessClosed: boolean;
  readonly observer: types.WorkerObserver;
  dump(): Promise<types.WorkerDump>;
  getResourceUsage(): Promise<types.WorkerResourceUsage>;
  updateSettings(
    settings?: { logLevel?: types.WorkerLogLevel; logTags?: types.WorkerLogTag[] },
  ): Promise<void>;
  createWebRtcServer<A extends types.AppData = types.AppData>(
    options: { listenInfos: types.TransportListenInfo[]; appData?: A },
  ): Promise<types.WebRtcServer<A>>;
  createRouter<A extends types.AppData = types.AppData>(
    options?: { mediaCodecs?: types.RouterRtpCodecCapability[]; appData?: A },
  ): Promise<types.Router<A>>;
}

export interface WebRtcServer extends Entity {
  readonly id: string;
  readonly observer: types.WebRtcServerObserver;
  dump(): Promise<types.WebRtcServerDump>;
  workerClosed(): void;
  handleWebRtcTransport(webRtcTransport: types.WebRtcTransport): void;
}

export interface Router extends Entity {
  readonly id: string;
  readonly rtpCapabilities: types.RtpCapabilities;
  readonly observer: types.RouterObserver;
  dump(): Promise<types.RouterDump>;
  workerClosed(): void;
  createWebRtcTransport<A extends types.AppData = types.AppData>(
    options: types.WebRtcTransportOptions<A>,
  ): Promise<types.WebRtcTransport<A>>;
  createPlainTransport<A extends types.AppData = types.AppData>(
    options: types.PlainTransportOptions<A>,
  ): Promise<types.PlainTransport<A>>;
  createPipeTransport<A extends types.AppData = types.AppData>(
    options: types.PipeTransportOptions<A>,
  ): Promise<types.PipeTransport<A>>;
  createDirectTransport<A extends types.AppData = types.AppData>(
    options?: types.DirectTransportOptions<A>,
  ): Promise<types.DirectTransport<A>>;
  pipeToRouter(options: types.PipeToRouterOptions): Promise<types.PipeToRouterResult>;
  createActiveSpeakerObserver<A extends types.AppData = types.AppData>(
    options?: { interval?: number; appData?: A },
  ): Promise<types.ActiveSpeakerObserver<A>>;
  createAudioLevelObserver<A extends types.AppData = types.AppData>(
    options?: {
      maxEntries?: number;
      threshold?: number;
      interval?: number;
      appData?: A;
    },
  ): Promise<types.AudioLevelObserver<A>>;
  canConsume(options: { producerId: string; rtpCapabilities: types.RtpCapabilities }): boolean;
  updateMediaCodecs(mediaCodecs: types.RouterRtpCodecCapability[]): void;
}

export interface Transport extends Entity {
  readonly id: string;
  readonly type: types.TransportType;
  routerClosed(): void;
  listenServerClosed(): void;
  setMaxIncomingBitrate(bitrate: number): Promise<void>;
  setMaxOutgoingBitrate(bitrate: number): Promise<void>;
  setMinOutgoingBitrate(bitrate: number): Promise<void>;
  produce<A extends types.AppData = types.AppData>(
    options: types.ProducerOptions<A>,
  ): Promise<types.Producer<A>>;
  consume<A extends types.AppData = types.AppData>(
    options: types.ConsumerOptions<A>,
  ): Promise<types.Consumer<A>>;
  produceData<A extends types.AppData = types.AppData>(
    options?: types.DataProducerOptions<A>,
  ): Promise<types.DataProducer<A>>;
  consumeData<A extends types.AppData = types.AppData>(
    options: types.DataConsumerOptions<A>,
  ): Promise<types.DataConsumer<A>>;
  enableTraceEvent(types?: types.TransportTraceEventType[]): Promise<void>;
}

interface Sctp {
  readonly sctpParameters: types.SctpParameters | undefined;
  readonly sctpState: types.SctpState | undefined;
  readonly sctpNegotiatedCapabilities: types.SctpNegotiatedCapabilities | undefined;
}

export interface WebRtcTransport extends Transport, Sctp {
  readonly type: "webrtc";
  readonly observer: types.WebRtcTransportObserver;
  readonly iceRole: "controlled";
  readonly iceParameters: types.IceParameters;
  readonly iceCandidates: types.IceCandidate[];
  readonly iceState: types.IceState;
  readonly iceSelectedTuple: types.TransportTuple | undefined;
  readonly dtlsParameters: types.DtlsParameters;
  readonly dtlsState: types.DtlsState;
  readonly dtlsRemoteCert: string | undefined;
  dump(): Promise<types.WebRtcTransportDump>;
  getStats(): Promise<types.WebRtcTransportStat[]>;
  connect(options: { dtlsParameters: types.DtlsParameters }): Promise<void>;
  restartIce(): Promise<types.IceParameters>;
}

export interface PlainTransport extends Transport, Sctp {
  readonly type: "plain";
  readonly observer: types.PlainTransportObserver;
  readonly tuple: types.TransportTuple;
  readonly rtcpTuple: types.TransportTuple | undefined;
  readonly srtpParameters: types.SrtpParameters | undefined;
  dump(): Promise<types.PlainTransportDump>;
  getStats(): Promise<types.PlainTransportStat[]>;
  connect(
    options: {
      ip?: string;
      port?: number;
      rtcpPort?: number;
      srtpParameters?: types.SrtpParameters;
    },
  ): Promise<void>;
}

export interface PipeTransport extends Omit<Transport, "consume">, Sctp {
  readonly type: "pipe";
  readonly observer: types.PipeTransportObserver;
  readonly tuple: types.TransportTuple;
  readonly srtpParameters: types.SrtpParameters | undefined;
  dump(): Promise<types.PipeTransportDump>;
  getStats(): Promise<types.PipeTransportStat[]>;
  connect(
    options: { ip: string; port: number; srtpParameters?: types.SrtpParameters },
  ): Promise<void>;
  consume<A extends types.AppData = types.AppData>(
    options: { producerId: string; appData?: A },
  ): Promise<types.Consumer<A>>;
}

export interface DirectTransport extends Transport {
  readonly type: "direct";
  readonly observer: types.DirectTransportObserver;
  dump(): Promise<types.DirectTransportDump>;
  getStats(): Promise<types.DirectTransportStat[]>;
  connect(): Promise<void>;
  sendRtcp(rtcpPacket: Buffer): void;
}

export interface Producer extends Entity {
  readonly id: string;
  readonly kind: types.MediaKind;
  readonly rtpParameters: types.RtpParameters;
  readonly type: types.ProducerType;
  readonly consumableRtpParameters: types.RtpParameters;
  readonly paused: boolean;
  readonly score: types.ProducerScore[];
  readonly observer: types.ProducerObserver;
  transportClosed(): void;
  dump(): Promise<types.ProducerDump>;
  getStats(): Promise<types.ProducerStat[]>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  enableTraceEvent(types?: types.ProducerTraceEventType[]): Promise<void>;
  send(rtpPacket: Buffer): void;
}

export interface Consumer extends Entity {
  readonly id: string;
  readonly producerId: string;
  readonly kind: types.MediaKind;
  readonly rtpParameters: types.RtpParameters;
  readonly type: types.ConsumerType;
  readonly paused: boolean;
  readonly producerPaused: boolean;
  readonly priority: number;
  readonly score: types.ConsumerScore;
  readonly preferredLayers: types.ConsumerLayers | undefined;
  readonly currentLayers: types.ConsumerLayers | undefined;
  readonly observer: types.ConsumerObserver;
  transportClosed(): void;
  dump(): Promise<types.ConsumerDump>;
  getStats(): Promise<(types.ConsumerStat | types.ProducerStat)[]>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  setPreferredLayers(layers: { spatialLayer: number; temporalLayer?: number }): Promise<void>;
  setPriority(priority: number): Promise<void>;
  unsetPriority(): Promise<void>;
  requestKeyFrame(): Promise<void>;
  enableTraceEvent(types?: types.ConsumerTraceEventType[]): Promise<void>;
}

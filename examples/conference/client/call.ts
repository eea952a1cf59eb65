/**
 * The call: joins a room, sends our streams and receives everybody else's. It uses mediasoup-client and
 * the signalling, and knows nothing about the look of the page.
 */
import { Device, type types } from "mediasoup-client";
import type { Notifications, PersonInfo, Source, StreamInfo } from "../signalling.ts";
import { SignallingClient } from "./signalling_client.ts";

type Consumer = types.Consumer<{ stream: StreamInfo; askedAtMs: number }>;
type Producer = types.Producer<{ source: Source }>;
type Transport = types.Transport;

export interface CallOptions {
  room: string;
  name: string;
  /** "vp8", "vp9", "h264" or "av1"; default the router's first. */
  codec?: string;
  /** The same for the screen; default the camera's. */
  screenCodec?: string;
  forceTcp: boolean;
}

/** Events for the page. `personId` "me" stands for us. */
export interface CallView {
  onStatus(text: string): void;
  onPersonJoined(person: PersonInfo): void;
  onPersonLeft(personId: string): void;
  onStream(consumer: Consumer): void;
  onStreamPaused(consumer: Consumer, paused: boolean): void;
  onStreamEnded(consumer: Consumer): void;
  /** The connection and all streams are lost; the call reconnects. */
  onReset(): void;
}

export class Call {
  readonly consumers: Map<string, Consumer> = new Map();
  readonly producers: Map<Source, Producer> = new Map();
  #options: CallOptions;
  #view: CallView;
  #signalling: SignallingClient;
  #device: Device | undefined;
  #send: Transport | undefined;
  #receive: Transport | undefined;
  /** The tracks that we want to send, on every connection. */
  #tracks = new Map<Source, { track: MediaStreamTrack; paused: boolean }>();
  /** Streams are consumed one after the other, in the order in which they were announced. */
  #queue: Promise<void> = Promise.resolve();

  constructor(options: CallOptions, view: CallView) {
    this.#options = options;
    this.#view = view;
    view.onStatus("Connecting…");
    this.#signalling = new SignallingClient({
      onOpen: () => this.#start().catch((error) => this.#onFailure(error)),
      onLost: () => this.#reset("Connection lost. Trying again…"),
      onNotification: (notification, data) => this.#onNotification(notification, data),
    });
  }

  /** Sends a track, now and after every reconnect, until {@linkcode Call.removeTrack}. */
  async addTrack(source: Source, track: MediaStreamTrack): Promise<void> {
    this.#tracks.set(source, { track, paused: false });
    if (this.#send) await this.#produce(source);
  }

  async removeTrack(source: Source): Promise<void> {
    this.#tracks.get(source)?.track.stop();
    this.#tracks.delete(source);
    const producer = this.producers.get(source);
    if (!producer) return;
    this.producers.delete(source);
    producer.close();
    await this.#signalling.request("closeProducer", { producerId: producer.id });
  }

  async setPaused(source: Source, paused: boolean): Promise<void> {
    const wanted = this.#tracks.get(source);
    if (!wanted) return;
    wanted.paused = paused;
    const producer = this.producers.get(source);
    if (!producer) return;
    if (paused) producer.pause();
    else producer.resume();
    const method = paused ? "pauseProducer" : "resumeProducer";
    await this.#signalling.request(method, { producerId: producer.id });
  }

  async restartIce(): Promise<void> {
    for (const transport of [this.#send, this.#receive]) {
      if (!transport) continue;
      const iceParameters = await this.#signalling.request("restartIce", {
        transportId: transport.id,
      });
      await transport.restartIce({ iceParameters });
    }
  }

  /** For tests: drops the signalling connection. */
  dropConnection(): void {
    this.#signalling.drop();
  }

  transportStats(): Promise<RTCStatsReport>[] {
    return [this.#send, this.#receive].flatMap((transport) => transport?.getStats() ?? []);
  }

  leave(): void {
    this.#signalling.close();
    this.#reset("You left the room.");
    for (const { track } of this.#tracks.values()) track.stop();
  }

  async #start(): Promise<void> {
    const { room, name } = this.#options;
    // Streams that are announced before we can receive wait until we can.
    let ready: () => void = () => {};
    this.#queue = new Promise((resolve) => ready = resolve);
    const joined = await this.#signalling.request("join", { room, name });
    const device = await Device.factory();
    await device.load({ routerRtpCapabilities: joined.routerRtpCapabilities });
    this.#device = device;
    for (const person of joined.people) this.#view.onPersonJoined(person);
    for (const stream of joined.streams) this.#enqueue(stream);
    this.#receive = await this.#createTransport("recv");
    ready();
    this.#send = await this.#createTransport("send");
    for (const source of this.#tracks.keys()) await this.#produce(source);
    this.#view.onStatus("");
  }

  async #createTransport(direction: "send" | "recv"): Promise<Transport> {
    const device = this.#device as Device;
    const { forceTcp } = this.#options;
    const options = await this.#signalling.request("createTransport", {
      direction,
      forceTcp,
      rtpCapabilities: direction === "recv" ? device.recvRtpCapabilities : undefined,
    });
    const transport = direction === "send"
      ? device.createSendTransport(options)
      : device.createRecvTransport(options);
    const transportId = transport.id;
    transport.on("connect", ({ dtlsParameters }, done, fail) => {
      this.#signalling.request("connectTransport", { transportId, dtlsParameters })
        .then(() => done(), fail);
    });
    transport.on("produce", ({ kind, rtpParameters, appData }, done, fail) => {
      const source = appData.source as Source;
      const paused = this.#tracks.get(source)?.paused ?? false;
      this.#signalling.request("produce", { transportId, kind, rtpParameters, source, paused })
        .then(({ producerId }) => done({ id: producerId }), fail);
    });
    transport.on("connectionstatechange", (state) => this.#onConnectionState(state));
    return transport;
  }

  #onConnectionState(state: types.ConnectionState): void {
    if (state === "connected") this.#view.onStatus("");
    if (state !== "failed" && state !== "disconnected") return;
    this.#view.onStatus("The media connection is interrupted. Trying again…");
    if (state === "failed") this.restartIce().catch(() => {}); // A lost socket reconnects anyway.
  }

  async #produce(source: Source): Promise<void> {
    const wanted = this.#tracks.get(source);
    const device = this.#device;
    const audio = source === "microphone";
    if (!wanted || !device?.canProduce(audio ? "audio" : "video")) return;
    if (!this.#send || this.producers.has(source)) return;
    const { codec: cameraCodec, screenCodec = cameraCodec } = this.#options;
    const wantedCodec = `video/${source === "screen" ? screenCodec : cameraCodec}`.toLowerCase();
    const codec = device.sendRtpCapabilities.codecs?.find(({ mimeType }) =>
      mimeType.toLowerCase() === wantedCodec
    );
    const producer = await this.#send.produce({
      track: wanted.track,
      codec: audio ? undefined : codec,
      codecOptions: audio ? { opusDtx: false, opusFec: true } : { videoGoogleStartBitrate: 1000 },
      stopTracks: false,
      zeroRtpOnPause: true,
      appData: { source },
    });
    if (wanted.paused) producer.pause();
    this.producers.set(source, producer);
  }

  #onNotification<N extends keyof Notifications>(name: N, data: Notifications[N]): void {
    const message = { name, data } as {
      [K in keyof Notifications]: { name: K; data: Notifications[K] };
    }[keyof Notifications];
    switch (message.name) {
      case "personJoined":
        return this.#view.onPersonJoined(message.data);
      case "personLeft":
        return this.#view.onPersonLeft(message.data.personId);
      case "streamAdded":
        return this.#enqueue(message.data);
      case "consumerClosed":
        return this.#onConsumerClosed(message.data.consumerId);
      case "consumerPaused":
        return this.#onConsumerPaused(message.data.consumerId, true);
      case "consumerResumed":
        return this.#onConsumerPaused(message.data.consumerId, false);
    }
  }

  #enqueue(stream: StreamInfo): void {
    this.#queue = this.#queue.then(() => this.#consume(stream)).catch((error) => {
      console.warn(`stream ${stream.source} of ${stream.personId}: ${error.message}`);
    });
  }

  async #consume(stream: StreamInfo): Promise<void> {
    const receive = this.#receive;
    if (!receive || receive.closed) return;
    const askedAtMs = performance.now();
    const { producerId } = stream;
    const { producerPaused, ...options } = await this.#signalling.request("consume", {
      producerId,
    });
    const consumer = await receive.consume({
      ...options,
      streamId: `${stream.personId}-${stream.source === "screen" ? "screen" : "person"}`,
      appData: { stream, askedAtMs },
    });
    this.consumers.set(consumer.id, consumer);
    this.#view.onStream(consumer);
    this.#view.onStreamPaused(consumer, producerPaused);
    await this.#signalling.request("resumeConsumer", { consumerId: consumer.id });
  }

  #onConsumerClosed(consumerId: string): void {
    // It may still be in the queue.
    this.#queue = this.#queue.then(() => {
      const consumer = this.consumers.get(consumerId);
      if (!consumer) return;
      this.consumers.delete(consumerId);
      consumer.close();
      this.#view.onStreamEnded(consumer);
    });
  }

  #onConsumerPaused(consumerId: string, paused: boolean): void {
    this.#queue = this.#queue.then(() => {
      const consumer = this.consumers.get(consumerId);
      if (consumer) this.#view.onStreamPaused(consumer, paused);
    });
  }

  #onFailure(error: Error): void {
    this.#view.onStatus(`Joining failed: ${error.message}`);
  }

  #reset(status: string): void {
    this.#send?.close();
    this.#receive?.close();
    this.#send = this.#receive = undefined;
    this.producers.clear();
    this.consumers.clear();
    this.#view.onReset();
    this.#view.onStatus(status);
  }
}

/** What the tests of the API share: codecs, parameters of endpoints, and a few ways to assert. */
import assert from "node:assert/strict";
import * as sluice from "../../mod.ts";

import type {
  Consumer,
  ConsumerOptions,
  PlainTransport,
  Producer,
  ProducerOptions,
  Router,
  RouterRtpCodecCapability,
  RtpCapabilities,
  TransportListenInfo,
  WebRtcTransport,
  Worker,
} from "../../sfu/types.ts";

/** A fingerprint of the right form. */
export const sha256 = Array.from({ length: 32 }, (_, i) => i.toString(16).padStart(2, "0"))
  .join(":");

export const udpInfo: TransportListenInfo = { protocol: "udp", ip: "127.0.0.1" };
export const tcpInfo: TransportListenInfo = { protocol: "tcp", ip: "127.0.0.1" };

export const mediaCodecs: RouterRtpCodecCapability[] = [
  {
    kind: "audio",
    mimeType: "audio/opus",
    clockRate: 48000,
    channels: 2,
    parameters: { useinbandfec: 1, foo: "bar" },
  },
  { kind: "video", mimeType: "video/VP8", clockRate: 90000 },
  {
    kind: "video",
    mimeType: "video/H264",
    clockRate: 90000,
    parameters: {
      "level-asymmetry-allowed": 1,
      "packetization-mode": 1,
      "profile-level-id": "4d0032",
    },
  },
];

/** Opus as a browser sends it. */
export function audioOptions(ssrc = 11111111): ProducerOptions {
  return {
    kind: "audio",
    rtpParameters: {
      mid: "AUDIO",
      codecs: [{
        mimeType: "audio/opus",
        payloadType: 111,
        clockRate: 48000,
        channels: 2,
        parameters: { useinbandfec: 1 },
        rtcpFeedback: [{ type: "transport-cc", parameter: "" }],
      }],
      headerExtensions: [
        { uri: "urn:ietf:params:rtp-hdrext:sdes:mid", id: 10 },
        { uri: "urn:ietf:params:rtp-hdrext:ssrc-audio-level", id: 12 },
      ],
      encodings: [{ ssrc, dtx: true }],
      rtcp: { cname: "FOOBAR" },
    },
  };
}

/** VP8 with RTX as a browser sends it. */
export function videoOptions(ssrc = 22222222): ProducerOptions {
  return {
    kind: "video",
    rtpParameters: {
      mid: "VIDEO",
      codecs: [
        {
          mimeType: "video/VP8",
          payloadType: 112,
          clockRate: 90000,
          rtcpFeedback: [
            { type: "nack", parameter: "" },
            { type: "nack", parameter: "pli" },
            { type: "ccm", parameter: "fir" },
            { type: "goog-remb", parameter: "" },
          ],
        },
        {
          mimeType: "video/rtx",
          payloadType: 113,
          clockRate: 90000,
          parameters: { apt: 112 },
        },
      ],
      headerExtensions: [
        { uri: "urn:ietf:params:rtp-hdrext:sdes:mid", id: 10 },
        { uri: "urn:3gpp:video-orientation", id: 13 },
      ],
      encodings: [{ ssrc, rtx: { ssrc: ssrc + 1 } }],
      rtcp: { cname: "FOOBAR" },
    },
  };
}

/** An endpoint that takes Opus and VP8 with RTX. */
export const consumerCapabilities: RtpCapabilities = {
  codecs: [
    {
      kind: "audio",
      mimeType: "audio/opus",
      preferredPayloadType: 100,
      clockRate: 48000,
      channels: 2,
      rtcpFeedback: [{ type: "nack", parameter: "" }],
    },
    {
      kind: "video",
      mimeType: "video/VP8",
      preferredPayloadType: 101,
      clockRate: 90000,
      rtcpFeedback: [
        { type: "nack", parameter: "" },
        { type: "nack", parameter: "pli" },
        { type: "ccm", parameter: "fir" },
        { type: "transport-cc", parameter: "" },
      ],
    },
    {
      kind: "video",
      mimeType: "video/rtx",
      preferredPayloadType: 102,
      clockRate: 90000,
      parameters: { apt: 101 },
    },
  ],
  headerExtensions: [
    { kind: "audio", uri: "urn:ietf:params:rtp-hdrext:sdes:mid", preferredId: 1 },
    { kind: "video", uri: "urn:ietf:params:rtp-hdrext:sdes:mid", preferredId: 1 },
    { kind: "video", uri: "urn:3gpp:video-orientation", preferredId: 8 },
  ],
};

/** An endpoint that takes nothing that the producers send. */
export const uselessCapabilities: RtpCapabilities = {
  codecs: [{
    kind: "audio",
    mimeType: "audio/ISAC",
    preferredPayloadType: 100,
    clockRate: 32000,
  }],
};

/** A worker with a router and a WebRTC transport; `close()` ends all of it. */
export interface Scene {
  worker: Worker;
  router: Router;
  transport: WebRtcTransport;
}

/** Runs a test with a scene of its own, which is closed whatever happens. */
export function withScene(run: (scene: Scene) => Promise<void>): () => Promise<void> {
  return async () => {
    const worker = await sluice.createWorker();
    try {
      const router = await worker.createRouter({ mediaCodecs });
      const transport = await router.createWebRtcTransport({ listenInfos: [udpInfo] });
      await run({ worker, router, transport });
    } finally {
      worker.close();
    }
  };
}

/** Runs a test with a worker of its own, which is closed whatever happens. */
export function withWorker(run: (worker: Worker) => Promise<void>): () => Promise<void> {
  return async () => {
    const worker = await sluice.createWorker();
    try {
      await run(worker);
    } finally {
      worker.close();
    }
  };
}

/** A consumer of a new producer, each with a transport of the scene's router. */
export async function consumeNew(
  { router, transport }: Scene,
  options: ProducerOptions = audioOptions(),
  more: Partial<ConsumerOptions> = {},
): Promise<{ producer: Producer; consumer: Consumer; receiver: WebRtcTransport }> {
  const producer = await transport.produce(options);
  const receiver = await router.createWebRtcTransport({ listenInfos: [udpInfo] });
  const consumer = await receiver.consume({
    producerId: producer.id,
    rtpCapabilities: consumerCapabilities,
    ...more,
  });
  return { producer, consumer, receiver };
}

/** The argument as something that the compiler would not let pass. */
// deno-lint-ignore no-explicit-any
export function wrong(value: unknown): any {
  return value;
}

/** A name of the case, what is called, and what the error's text must contain. */
export type WrongCase = [name: string, call: () => unknown, text: RegExp];

/** Asserts that each call fails, or its promise rejects, with a TypeError that names the field. */
export async function assertTypeErrors(cases: WrongCase[]): Promise<void> {
  for (const [name, call, text] of cases) {
    await assert.rejects(
      async () => {
        await call();
      },
      (error: unknown) => {
        assert(error instanceof TypeError, `${name}: not a TypeError but ${error}`);
        assert.match(error.message, text, name);
        return true;
      },
      `${name}: accepted`,
    );
  }
}

export const notFound = { name: "NotFoundError" };
export const workerClosed = { name: "WorkerClosedError" };
export const unsupported = { name: "UnsupportedError" };

interface Emitter {
  // deno-lint-ignore no-explicit-any
  on(eventName: any, listener: (...args: any[]) => void): unknown;
}

/** Writes down the order in which events arrive: `name:event` for each of the listed ones. */
export function record(log: string[], name: string, emitter: unknown, events: string[]): void {
  for (const event of events) (emitter as Emitter).on(event, () => log.push(`${name}:${event}`));
}

/** Resolves with the arguments of the next such event. */
export function next(emitter: unknown, event: string): Promise<unknown[]> {
  return sluice.extras.enhancedOnce(
    emitter as InstanceType<typeof sluice.extras.EnhancedEventEmitter>,
    event,
  );
}

/** Turns of the event loop: enough for an event that was on its way when this was called. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; ++turn) await new Promise((done) => setTimeout(done, 1));
}

export type { Consumer, PlainTransport, Producer, Router, WebRtcTransport, Worker };

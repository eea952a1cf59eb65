/** Which header extensions a consumer gets, on the wire: those that it negotiated and no other. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import { createWorker } from "../../mod.ts";
import type {
  MediaKind,
  PlainTransport,
  Producer,
  ProducerOptions,
  Router,
  RtpHeaderExtensionUri,
} from "../../sfu/types.ts";
import { Endpoint } from "./media_scene.ts";
import { type Rtp, writeRtp } from "./rtp.ts";
import { udpInfo } from "./support.ts";

const mid = "urn:ietf:params:rtp-hdrext:sdes:mid";
const absSendTime = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time";
const transportCc = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";
const audioLevel = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";
const dependencyDescriptor =
  "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension";
const orientation = "urn:3gpp:video-orientation";
const toffset = "urn:ietf:params:rtp-hdrext:toffset";
const absCaptureTime = "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time";
const playoutDelay = "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay";
const packetId = "urn:mediasoup:params:rtp-hdrext:packet-id";

/** What the source alone knows, and a value: it reaches consumers as it was sent. */
const passedOn: Partial<Record<RtpHeaderExtensionUri, Buffer>> = {
  [dependencyDescriptor]: Buffer.from([0x80, 0, 1, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9]),
  [orientation]: Buffer.from([0x0b]),
  [toffset]: Buffer.from([0x00, 0x01, 0x02]),
  [absCaptureTime]: Buffer.from([0xe8, 1, 2, 3, 4, 5, 6, 7]),
  [playoutDelay]: Buffer.from([0x01, 0x20, 0x34]),
  [packetId]: Buffer.from([0xca, 0xfe, 0xba, 0xbe]),
};
const videoUris = [
  mid,
  absSendTime,
  transportCc,
  ...Object.keys(passedOn) as RtpHeaderExtensionUri[],
] as const;

/** The sender's id of each: not the router's. */
const sentId = (uri: RtpHeaderExtensionUri): number => 20 + videoUris.indexOf(uri as never);

const videoOptions: ProducerOptions = {
  kind: "video",
  rtpParameters: {
    mid: "m",
    codecs: [{ mimeType: "video/VP8", payloadType: 96, clockRate: 90000 }],
    headerExtensions: videoUris.map((uri) => ({ uri, id: sentId(uri) })),
    encodings: [{ ssrc: 4711 }],
  },
};

/** The first packet of a VP8 key frame with every extension there is. */
function keyFrame(sequenceNumber: number, leftOut: RtpHeaderExtensionUri[] = []): Buffer {
  const values: Partial<Record<RtpHeaderExtensionUri, Buffer>> = {
    [mid]: Buffer.from("m"),
    [absSendTime]: Buffer.from([1, 2, 3]),
    [transportCc]: Buffer.from([0, sequenceNumber]),
    ...passedOn,
  };
  return writeRtp({
    payloadType: 96,
    sequenceNumber,
    timestamp: 3000 * sequenceNumber,
    ssrc: 4711,
    payload: Buffer.from([0x10, 0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xf0, 0x00, 0, 0]),
    extensions: new Map(
      videoUris.filter((uri) => !leftOut.includes(uri)).map((uri) => [sentId(uri), values[uri]!]),
    ),
  });
}

/** An endpoint that gets the producer's packets with these extensions. */
async function listen(
  router: Router,
  producer: Producer,
  uris: readonly RtpHeaderExtensionUri[],
): Promise<Endpoint> {
  const endpoint = new Endpoint();
  const transport = await router.createPlainTransport({ listenInfo: udpInfo });
  await transport.connect({ ip: "127.0.0.1", port: await endpoint.open() });
  const { codecs, headerExtensions } = router.rtpCapabilities;
  await transport.consume({
    producerId: producer.id,
    rtpCapabilities: {
      codecs,
      headerExtensions: headerExtensions!.filter(({ uri }) => uris.includes(uri)),
    },
  });
  return endpoint;
}

function routerId(router: Router, uri: RtpHeaderExtensionUri, kind: MediaKind = "video"): number {
  return router.rtpCapabilities.headerExtensions!
    .find((ext) => ext.uri === uri && ext.kind === kind)!.preferredId;
}

/** Asserts that the packet has these extensions alone, with the source's values. */
function check(router: Router, rtp: Rtp, uris: readonly RtpHeaderExtensionUri[]): void {
  const { extensions = new Map<number, Buffer>() } = rtp;
  const sorted = (ids: Iterable<number>): number[] => [...ids].sort((a, b) => a - b);
  assert.deepEqual(
    sorted(extensions.keys()),
    sorted(uris.map((uri) => routerId(router, uri))),
  );
  for (const uri of uris) {
    const value = passedOn[uri];
    if (value) assert.deepEqual([...extensions.get(routerId(router, uri))!], [...value], uri);
  }
}

const mediaCodecs = [
  { kind: "video" as const, mimeType: "video/VP8", clockRate: 90000 },
  { kind: "audio" as const, mimeType: "audio/opus", clockRate: 48000, channels: 2 },
];

/** Runs with a producer of video, and closes what it made. */
async function withProducer(
  options: ProducerOptions,
  run: (scene: {
    router: Router;
    producer: Producer;
    sender: Endpoint;
    ingress: PlainTransport;
    receivers: Endpoint[];
  }) => Promise<void>,
): Promise<void> {
  const worker = await createWorker();
  const sender = new Endpoint();
  const receivers: Endpoint[] = [];
  try {
    const router = await worker.createRouter({ mediaCodecs });
    await sender.open();
    const ingress = await router.createPlainTransport({ listenInfo: udpInfo, comedia: true });
    const producer = await ingress.produce(options);
    await run({ router, producer, sender, ingress, receivers });
  } finally {
    for (const endpoint of [sender, ...receivers]) endpoint.close();
    worker.close();
  }
}

/** What consumers negotiate: everything, nothing, one, and all but one. */
const choices: (readonly RtpHeaderExtensionUri[])[] = [
  videoUris,
  [],
  ...videoUris.map((uri) => [uri]),
  ...videoUris.map((uri) => videoUris.filter((other) => other !== uri)),
];

test("each consumer gets the header extensions that it negotiated, in the router's ids", () =>
  withProducer(videoOptions, async ({ router, producer, sender, ingress, receivers }) => {
    for (const uris of choices) receivers.push(await listen(router, producer, uris));
    await sender.send(keyFrame(1), ingress);
    await Promise.all(receivers.map((receiver) => receiver.count(1)));
    receivers.forEach(({ received: [rtp] }, index) => check(router, rtp, choices[index]));
  }));

test("consumers behind pipes get them too, whether the pipe is a link or has sockets", () =>
  withProducer(videoOptions, async ({ router, producer, sender, ingress, receivers }) => {
    const workers = [await createWorker(), await createWorker()];
    try {
      const routers: Router[] = [];
      for (const [index, worker] of workers.entries()) {
        const remote = await worker.createRouter({ mediaCodecs });
        const { pipeProducer } = await router.pipeToRouter({
          producerId: producer.id,
          router: remote,
          ...(index === 1 && { listenInfo: udpInfo, enableSrtp: true }),
        });
        for (const uris of choices) {
          routers.push(remote);
          receivers.push(await listen(remote, pipeProducer!, uris));
        }
      }
      await sender.send(keyFrame(1), ingress);
      await Promise.all(receivers.map((receiver) => receiver.count(1)));
      receivers.forEach(({ received: [rtp] }, index) => {
        check(routers[index], rtp, choices[index % choices.length]);
      });
    } finally {
      for (const worker of workers) worker.close();
    }
  }));

test("a producer without packet ids gets them made, if it wants to, and else none", async () => {
  for (const enableMediasoupPacketIdHeaderExtension of [true, false]) {
    await withProducer(
      { ...videoOptions, enableMediasoupPacketIdHeaderExtension },
      async ({ router, producer, sender, ingress, receivers }) => {
        receivers.push(await listen(router, producer, [packetId, orientation]));
        receivers.push(await listen(router, producer, [orientation]));
        for (const number of [1, 2]) {
          await sender.send(keyFrame(number, [packetId]), ingress);
          await Promise.all(receivers.map((receiver) => receiver.count(number)));
        }
        const [ids, none] = receivers.map(({ received }) =>
          received.map(({ extensions }) => extensions!.get(routerId(router, packetId)))
        );
        assert.deepEqual(none, [undefined, undefined]);
        if (!enableMediasoupPacketIdHeaderExtension) return assert.deepEqual(ids, none);
        assert.equal(ids[1]!.readUInt32BE(0), (ids[0]!.readUInt32BE(0) + 1) >>> 0);
      },
    );
  }
});

test("audio has its level, if the consumer negotiated it", () =>
  withProducer({
    kind: "audio",
    rtpParameters: {
      codecs: [{ mimeType: "audio/opus", payloadType: 111, clockRate: 48000, channels: 2 }],
      headerExtensions: [{ uri: audioLevel, id: 3 }],
      encodings: [{ ssrc: 4711 }],
    },
  }, async ({ router, producer, sender, ingress, receivers }) => {
    receivers.push(await listen(router, producer, [audioLevel]));
    receivers.push(await listen(router, producer, []));
    const packet = { payloadType: 111, sequenceNumber: 1, timestamp: 960, ssrc: 4711 };
    const extensions = new Map([[3, Buffer.from([0x9e])]]);
    await sender.send(
      writeRtp({ ...packet, payload: Buffer.from([0x78, 1]), extensions }),
      ingress,
    );
    await Promise.all(receivers.map((receiver) => receiver.count(1)));
    const [loud, plain] = receivers.map(({ received: [rtp] }) => rtp.extensions);
    assert.deepEqual([...loud!], [[routerId(router, audioLevel, "audio"), Buffer.from([0x9e])]]);
    assert.equal(plain, undefined);
  }));

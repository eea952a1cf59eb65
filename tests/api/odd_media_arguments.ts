/** Calls that make producers and consumers and change them, for tests to spoil. */
import type { Consumer, Producer, WebRtcTransport } from "../../sfu/types.ts";
import { closing, fullAudio, type Subject } from "./odd_subject.ts";
import { consumerCapabilities, type Scene, udpInfo, videoOptions, wrong } from "./support.ts";

const capabilities = (): unknown => {
  const caps = structuredClone(consumerCapabilities);
  for (const ext of caps.headerExtensions ?? []) {
    Object.assign(ext, { preferredEncrypt: false, direction: "sendrecv" });
  }
  return caps;
};

export async function mediaSubjects({ router, transport }: Scene): Promise<Subject[]> {
  const producer = await transport.produce(videoOptions());
  const receiver = await router.createWebRtcTransport({ listenInfos: [udpInfo] });
  const rtpCapabilities = structuredClone(consumerCapabilities);
  const consumer = await receiver.consume({ producerId: producer.id, rtpCapabilities });
  return [
    {
      name: "produce(audio)",
      called: "options",
      argument: fullAudio,
      call: (options) => closing(transport.produce(wrong(options))),
    },
    {
      name: "produce(video)",
      called: "options",
      argument: () => {
        const options = videoOptions(99);
        options.rtpParameters.mid = "other";
        return options;
      },
      call: (options) => closing(transport.produce(wrong(options))),
    },
    {
      name: "consume",
      called: "options",
      argument: () => ({
        producerId: producer.id,
        rtpCapabilities: capabilities(),
        paused: true,
        mid: "x",
        preferredLayers: { spatialLayer: 1, temporalLayer: 1 },
        enableRtx: true,
        ignoreDtx: true,
        pipe: false,
        appData: { a: 1 },
      }),
      call: (options) => closing(receiver.consume(wrong(options))),
    },
    {
      name: "canConsume",
      called: "options",
      argument: () => ({ producerId: producer.id, rtpCapabilities: capabilities() }),
      call: (options) => router.canConsume(wrong(options)),
    },
    ...sendSubjects(producer),
    ...controlSubjects(consumer),
    ...bitrateSubjects(transport),
    ...[transport, producer, consumer].map((entity): Subject => ({
      name: "enableTraceEvent",
      called: "type",
      argument: () => ["rtp", "bwe"],
      call: (types) => entity.enableTraceEvent(wrong(types)),
    })),
    ...[router, transport, producer, consumer].map((entity): Subject => ({
      name: "appData",
      called: "appData",
      argument: () => ({ a: 1 }),
      call: (appData) => {
        entity.appData = wrong(appData);
      },
    })),
  ];
}

/** Where nothing is to be sent: the transport is not direct. */
function sendSubjects(producer: Producer): Subject[] {
  return [
    {
      name: "producer.send",
      called: "rtpPacket",
      argument: () => new Uint8Array(12),
      call: (packet) => producer.send(wrong(packet)),
    },
    {
      name: "producer.sendBatch",
      called: "rtpPackets",
      argument: () => [new Uint8Array(12)],
      call: (packets) => producer.sendBatch(wrong(packets)),
    },
  ];
}

function controlSubjects(consumer: Consumer): Subject[] {
  return [
    {
      name: "consumer.setPreferredLayers",
      called: "preferredLayers",
      argument: () => ({ spatialLayer: 1, temporalLayer: 1 }),
      call: (layers) => consumer.setPreferredLayers(wrong(layers)),
    },
    {
      name: "consumer.setPriority",
      called: "priority",
      argument: () => 5,
      call: (priority) => consumer.setPriority(wrong(priority)),
    },
  ];
}

function bitrateSubjects(transport: WebRtcTransport): Subject[] {
  const names = [
    "setMaxIncomingBitrate",
    "setMaxOutgoingBitrate",
    "setMinOutgoingBitrate",
  ] as const;
  return names.map((name) => ({
    name,
    called: "bitrate",
    argument: () => 100_000,
    call: async (bitrate) => {
      await transport[name](wrong(bitrate));
      await transport[name](0);
    },
  }));
}

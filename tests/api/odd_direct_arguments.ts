/** Calls of direct transports, for tests to spoil. */
import { Buffer } from "node:buffer";
import type { DataConsumer, DataProducer, DirectTransport, Router } from "../../sfu/types.ts";
import { given } from "./odd_ortc_arguments.ts";
import { closing, type Subject } from "./odd_subject.ts";
import { audioOptions, consumerCapabilities, type Scene, wrong } from "./support.ts";

function dataConsumerSubjects(dataConsumer: DataConsumer): Subject[] {
  return [
    {
      name: "dataConsumer.setSubchannels",
      called: "subchannels",
      argument: () => [1, 2],
      call: (subchannels) => dataConsumer.setSubchannels(wrong(subchannels)),
    },
    {
      name: "dataConsumer.addSubchannel",
      called: "subchannel",
      argument: () => 1,
      call: (subchannel) => dataConsumer.addSubchannel(wrong(subchannel)),
    },
    {
      name: "dataConsumer.removeSubchannel",
      called: "subchannel",
      argument: () => 1,
      call: (subchannel) => dataConsumer.removeSubchannel(wrong(subchannel)),
    },
    {
      name: "dataConsumer.setBufferedAmountLowThreshold",
      called: "threshold",
      argument: () => 1,
      call: (threshold) => dataConsumer.setBufferedAmountLowThreshold(wrong(threshold)),
    },
    {
      name: "dataConsumer.messages",
      called: "options",
      argument: () => ({ maxQueued: 10 }),
      call: (options) => dataConsumer.messages(wrong(options)).return?.(),
    },
  ];
}

function sendSubjects(dataProducer: DataProducer): Subject[] {
  const names = ["ppid", "subchannels", "requiredSubchannel", "ignoredSubchannel"];
  const one = (): [string, number, number[], number, number] => ["text", 51, [1, 2], 3, 4];
  const many = (): [(string | Buffer)[], number, number[], number, number] => [
    ["text", Buffer.alloc(3)],
    ...one().slice(1) as [number, number[], number, number],
  ];
  return [
    ...["message", ...names].map((called, place): Subject => ({
      name: "dataProducer.send",
      called,
      argument: () => one()[place],
      call: (odd) => dataProducer.send(...given(one(), place, odd)),
    })),
    ...["messages", ...names].map((called, place): Subject => ({
      name: "dataProducer.sendBatch",
      called,
      argument: () => many()[place],
      call: (odd) => dataProducer.sendBatch(...given(many(), place, odd)),
    })),
  ];
}

export function createDirectSubjects(router: Router): Subject[] {
  return [
    {
      name: "router.createDirectTransport",
      called: "options",
      argument: () => ({
        maxSendMessageSize: 1000,
        maxReceiveMessageSize: 1000,
        appData: { a: 1 },
      }),
      call: (options) => closing(router.createDirectTransport(wrong(options))),
    },
  ];
}

async function dataSubjects(transport: DirectTransport): Promise<Subject[]> {
  const dataProducer = await transport.produceData();
  const dataProducerId = dataProducer.id;
  const dataConsumer = await transport.consumeData({ dataProducerId });
  return [
    {
      name: "produceData",
      called: "options",
      argument: () => ({
        id: "d",
        label: "l",
        protocol: "p",
        paused: true,
        appData: { a: 1 },
      }),
      call: (options) => closing(transport.produceData(wrong(options))),
    },
    {
      name: "consumeData",
      called: "options",
      argument: () => ({ dataProducerId, paused: true, subchannels: [1, 2], appData: { a: 1 } }),
      call: (options) => closing(transport.consumeData(wrong(options))),
    },
    ...sendSubjects(dataProducer),
    ...dataConsumerSubjects(dataConsumer),
  ];
}

export async function directSubjects({ router }: Scene): Promise<Subject[]> {
  const transport = await router.createDirectTransport();
  const producer = await transport.produce(audioOptions(4321));
  const consumer = await transport.consume({
    producerId: producer.id,
    rtpCapabilities: consumerCapabilities,
  });
  return [
    ...await dataSubjects(transport),
    ...createDirectSubjects(router),
    {
      name: "directTransport.sendRtcp",
      called: "rtcpPacket",
      argument: () => new Uint8Array(8),
      call: (packet) => transport.sendRtcp(wrong(packet)),
    },
    {
      name: "producer.send of a direct transport",
      called: "rtpPacket",
      argument: () => new Uint8Array(12),
      call: (packet) => producer.send(wrong(packet)),
    },
    {
      name: "producer.sendBatch of a direct transport",
      called: "rtpPackets",
      argument: () => [new Uint8Array(12), new Uint8Array(0)],
      call: (packets) => producer.sendBatch(wrong(packets)),
    },
    {
      name: "consumer.packets",
      called: "options",
      argument: () => ({ maxQueued: 10 }),
      call: (options) => consumer.packets(wrong(options)).return?.(),
    },
  ];
}

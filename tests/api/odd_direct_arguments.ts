/** Calls of direct transports, for tests to spoil. */
import { closing, type Subject } from "./odd_subject.ts";
import { audioOptions, consumerCapabilities, type Scene, wrong } from "./support.ts";

export async function directSubjects({ router }: Scene): Promise<Subject[]> {
  const transport = await router.createDirectTransport();
  const producer = await transport.produce(audioOptions(4321));
  const consumer = await transport.consume({
    producerId: producer.id,
    rtpCapabilities: consumerCapabilities,
  });
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

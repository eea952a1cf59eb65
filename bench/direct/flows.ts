/** What the bench of direct transports sends, and how it hears of it. */
import { Buffer } from "node:buffer";
import { Ring } from "../../ffi/abi.ts";
import { DirectReader, DirectWriter } from "../../ffi/direct_ring.ts";
import type { types } from "../../mod.ts";
import { producerParameters } from "../room/endpoint_parameters.ts";

export const packetBytes = 1200;
export const messageBytes = 200;
/** Sent in one task of the event loop. */
export const burst = 128;
/** On their way at most: about half of what a ring holds. */
export const windowOf = { packets: 1536, messages: 8192 };

/** Something that sends and hears what it sent. */
export interface Flow {
  name: string;
  window: number;
  /** Sends so many. */
  send(count: number): void;
  heard(): number;
  /** The time of sending that stands in what was heard; kept while it is an array. */
  delays?: number[];
  dropped(): Promise<number>;
}

/** When something was sent stands in it, at the end. */
function stamp(bytes: Buffer): Buffer {
  bytes.writeDoubleLE(performance.now(), bytes.length - 8);
  return bytes;
}

export async function packetFlow(router: types.Router, batches: boolean): Promise<Flow> {
  const sender = await router.createDirectTransport();
  const receiver = await router.createDirectTransport();
  const rtpParameters = producerParameters("audio", 0);
  const producer = await sender.produce({ kind: "audio", rtpParameters });
  const { rtpCapabilities } = router;
  const consumer = await receiver.consume({ producerId: producer.id, rtpCapabilities });
  const { payloadType } = rtpParameters.codecs[0];
  const ssrc = rtpParameters.encodings![0].ssrc!;
  const packets = Array.from({ length: burst }, () => {
    const packet = Buffer.alloc(packetBytes, 1);
    packet.set([0x80, payloadType]);
    packet.writeUInt32BE(ssrc, 8);
    return packet;
  });
  let sent = 0;
  let heard = 0;
  const next = (i: number): Buffer => {
    const packet = packets[i];
    packet.writeUInt16BE(sent & 0xffff, 2);
    packet.writeUInt32BE((960 * sent) >>> 0, 4);
    sent += 1;
    return flow.delays ? stamp(packet) : packet;
  };
  const take = (packet: Buffer): void => {
    heard += 1;
    flow.delays?.push(performance.now() - packet.readDoubleLE(packet.length - 8));
  };
  const flow: Flow = {
    name: `packets, ${batches ? "sendBatch() and rtpbatch" : "send() and rtp"}`,
    window: windowOf.packets,
    send: (count) => {
      if (!batches) { for (let i = 0; i < count; ++i) producer.send(next(i)); }
      else producer.sendBatch(packets.slice(0, count).map((_, i) => next(i)));
    },
    heard: () => heard,
    dropped: async () => (await receiver.getStats())[0].packetsDropped,
  };
  if (batches) consumer.on("rtpbatch", (list) => list.forEach(take));
  else consumer.on("rtp", take);
  return flow;
}

export async function messageFlow(router: types.Router, batches: boolean): Promise<Flow> {
  const sender = await router.createDirectTransport();
  const receiver = await router.createDirectTransport();
  const dataProducer = await sender.produceData();
  const dataConsumer = await receiver.consumeData({ dataProducerId: dataProducer.id });
  const messages = Array.from({ length: burst }, () => Buffer.alloc(messageBytes, 1));
  let heard = 0;
  const next = (i: number): Buffer => flow.delays ? stamp(messages[i]) : messages[i];
  const take = (message: Buffer): void => {
    heard += 1;
    flow.delays?.push(performance.now() - message.readDoubleLE(message.length - 8));
  };
  const flow: Flow = {
    name: `messages, ${batches ? "sendBatch() and messagebatch" : "send() and message"}`,
    window: windowOf.messages,
    send: (count) => {
      if (!batches) { for (let i = 0; i < count; ++i) dataProducer.send(next(i)); }
      else dataProducer.sendBatch(count === burst ? messages : messages.slice(0, count));
    },
    heard: () => heard,
    dropped: async () => (await receiver.getStats())[0].messagesDropped,
  };
  if (batches) dataConsumer.on("messagebatch", (list) => list.forEach(take));
  else dataConsumer.on("message", take);
  return flow;
}

/** The same bytes in and out of a ring, without an engine: what JavaScript alone takes. */
export function floorFlow(bytes: number, name: string, window: number): Flow {
  const dataBytes = 1 << 22;
  const memory = new ArrayBuffer(Ring.CONTROL_BYTES + 2 * dataBytes);
  const control = new Int32Array(memory, 0, Ring.CONTROL_BYTES / 4);
  const record = Buffer.alloc(bytes, 1);
  let heard = 0;
  return {
    name: `${name}, floor: in and out of a ring, no engine`,
    window,
    send: (count) => {
      // From the start each time: this memory is not mapped twice.
      control.fill(0);
      const writer = new DirectWriter(memory, dataBytes, { wake: () => {}, makeRoom: () => false });
      const reader = new DirectReader(memory, dataBytes);
      for (let i = 0; i < count; ++i) writer.write(1, 1, 0, record);
      reader.drain(Infinity, reader.head, (_type, _target, payloads) => {
        for (const payload of payloads) heard += payload.length === bytes ? 1 : 0;
      });
    },
    heard: () => heard,
    dropped: () => Promise.resolve(0),
  };
}

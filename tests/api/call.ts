/** A call of two real endpoints: one speaks, the other hears. */
import type { Buffer } from "node:buffer";
import type { Consumer, Producer, WebRtcTransport } from "../../sfu/types.ts";
import { connectPeer, type PeerOptions } from "./peer.ts";
import { audioPacket, readRtp, type Rtp } from "./rtp.ts";
import { audioOptions, consumerCapabilities, next } from "./support.ts";

/** What the speaking endpoint sends. */
export const sending: PeerOptions = {
  direction: "SendOnly",
  mid: "AUDIO",
  payloadType: 111,
  ssrc: 11111111,
};

/** Resolves when the transport's DTLS has reached a state. */
export async function dtlsState(transport: WebRtcTransport, state: string): Promise<void> {
  while (transport.dtlsState !== state) await next(transport, "dtlsstatechange");
}

export interface Call {
  producer: Producer;
  consumer: Consumer;
  /** What the hearing endpoint should see. */
  receiving: PeerOptions;
  /** Sends packets, each when the one before has been heard; all that were heard so far. */
  say(packets: number): Promise<Rtp[]>;
}

/** Connects the endpoints, runs, and closes them whatever happens. */
export async function withCall(
  from: WebRtcTransport,
  to: WebRtcTransport,
  run: (call: Call) => Promise<void>,
): Promise<void> {
  const producer = await from.produce(audioOptions());
  const consumer = await to.consume({
    producerId: producer.id,
    rtpCapabilities: consumerCapabilities,
  });
  const { mid = "", encodings = [], codecs } = consumer.rtpParameters;
  const receiving: PeerOptions = {
    direction: "RecvOnly",
    mid,
    payloadType: codecs[0].payloadType,
    ssrc: encodings[0].ssrc ?? 0,
  };
  const hearer = await connectPeer(to, receiving);
  const speaker = await connectPeer(from, sending);
  try {
    const heard: Rtp[] = [];
    let arrived = (): void => {};
    hearer.onRtp((packet: Buffer) => {
      const rtp = readRtp(packet);
      if (rtp) heard.push(rtp);
      arrived();
    });
    await Promise.all([speaker.opened, hearer.opened, dtlsState(to, "connected")]);
    const say = async (packets: number): Promise<Rtp[]> => {
      for (let i = 0; i < packets; ++i) {
        const before = heard.length;
        speaker.send(audioPacket(100 + before));
        while (heard.length === before) await new Promise<void>((done) => arrived = done);
      }
      return heard;
    };
    await run({ producer, consumer, receiving, say });
  } finally {
    speaker.close();
    hearer.close();
  }
}

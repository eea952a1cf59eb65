/** Media inside a worker, made with the commands of the seam alone: no object model in between. */
import { createSocket, type Socket } from "node:dgram";
import { type EngineWorker, Method } from "../../ffi/engine_worker.ts";
import { audioPacket } from "../api/rtp.ts";

const ip = "127.0.0.1";

const opus = (payloadType: number): object => ({
  mimeType: "audio/opus",
  payloadType,
  clockRate: 48000,
  channels: 2,
});

interface Made {
  id: number;
  tuple: { localPort: number };
}

/** A producer with its consumers, and a socket that sends to it. */
export class Media {
  readonly producer: number;
  readonly consumers: number[];
  readonly #port: number;
  readonly #sender: Socket = createSocket("udp4");
  readonly #receiver: Socket;
  #sent = 0;

  private constructor(worker: EngineWorker, consumers: number, receiver: Socket) {
    const make = (method: number, target: number, request?: object): Made =>
      worker.call(method, target, request) as Made;
    const plain = (comedia: boolean): Made =>
      make(Method.ROUTER_CREATE_PLAIN_TRANSPORT, router, {
        listenInfo: { protocol: "udp", ip },
        rtcpMux: true,
        comedia,
        enableSrtp: false,
      });
    const { id: router } = make(Method.WORKER_CREATE_ROUTER, 0);
    const ingress = plain(true);
    const egress = plain(false);
    worker.call(Method.TRANSPORT_CONNECT, egress.id, { ip, port: receiver.address().port });
    this.#port = ingress.tuple.localPort;
    this.#receiver = receiver;
    this.producer = make(Method.TRANSPORT_PRODUCE, ingress.id, {
      kind: "audio",
      rtpParameters: { mid: "a", codecs: [opus(111)], encodings: [{ ssrc: 11111111 }] },
      rtpMapping: {
        codecs: [{ payloadType: 111, mappedPayloadType: 100 }],
        encodings: [{ ssrc: 11111111, mappedSsrc: 1 }],
      },
    }).id;
    this.consumers = Array.from(
      { length: consumers },
      (_, index) =>
        make(Method.TRANSPORT_CONSUME, egress.id, {
          producerId: this.producer,
          kind: "audio",
          type: "simple",
          rtpParameters: {
            mid: `${index}`,
            codecs: [opus(100)],
            encodings: [{ ssrc: 1000 + index }],
          },
          consumableRtpEncodings: [{ ssrc: 1 }],
        }).id,
    );
  }

  static async open(worker: EngineWorker, consumers: number): Promise<Media> {
    const receiver = createSocket("udp4");
    await new Promise<void>((done) => receiver.bind(0, ip, done));
    return new Media(worker, consumers, receiver);
  }

  /** How many packets were given to the system. */
  get sent(): number {
    return this.#sent;
  }

  send(): Promise<void> {
    this.#sent += 1;
    const packet = audioPacket(this.#sent);
    return new Promise((done, fail) =>
      this.#sender.send(packet, this.#port, ip, (error) => error ? fail(error) : done())
    );
  }

  close(): void {
    this.#sender.close();
    this.#receiver.close();
  }
}

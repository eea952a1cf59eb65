/**
 * The far half of a pipe between two processes. Reads one line of JSON, an {@linkcode Offer}, answers
 * with one, an {@linkcode Answer}, and goes on until its input ends.
 */
import process from "node:process";
import { createInterface } from "node:readline";
import * as sluice from "../../../mod.ts";
import type {
  MediaKind,
  RtpParameters,
  SrtpParameters,
  TransportTuple,
  Worker,
} from "../../../sfu/types.ts";
import { consumerCapabilities, mediaCodecs, udpInfo } from "../fixtures.ts";

/** What the near process says of its pipe transport, and of what it sends there. */
export interface Offer {
  tuple: TransportTuple;
  srtpParameters?: SrtpParameters;
  enableRtx: boolean;
  producer: { id: string; kind: MediaKind; rtpParameters: RtpParameters };
  /** Where the far router's consumer sends. */
  receiverPort: number;
}

/** What the far process says of its pipe transport and its consumer. */
export interface Answer {
  tuple: TransportTuple;
  srtpParameters?: SrtpParameters;
  consumer: { producerId: string; rtpParameters: RtpParameters };
  /** Of the transport that the consumer belongs to. */
  egress: TransportTuple;
}

async function answer(
  { tuple, srtpParameters, enableRtx, producer, receiverPort }: Offer,
): Promise<Worker> {
  const worker = await sluice.createWorker();
  const router = await worker.createRouter({ mediaCodecs });
  const pipe = await router.createPipeTransport({
    listenInfo: udpInfo,
    enableRtx,
    enableSrtp: srtpParameters !== undefined,
  });
  await pipe.connect({ ip: tuple.localAddress, port: tuple.localPort, srtpParameters });
  const { id: producerId } = await pipe.produce(producer);
  const egress = await router.createPlainTransport({ listenInfo: udpInfo });
  await egress.connect({ ip: "127.0.0.1", port: receiverPort });
  const consumer = await egress.consume({ producerId, rtpCapabilities: consumerCapabilities });
  const { rtpParameters } = consumer;
  const said: Answer = {
    tuple: pipe.tuple,
    srtpParameters: pipe.srtpParameters,
    consumer: { producerId, rtpParameters },
    egress: egress.tuple,
  };
  console.log(JSON.stringify(said));
  return worker;
}

const lines = createInterface({ input: process.stdin });
const worker = new Promise<Worker>((done, fail) => {
  lines.once("line", (line) => answer(JSON.parse(line)).then(done, fail));
});
lines.once("close", async () => (await worker).close());
await worker;

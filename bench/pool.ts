/**
 * The pool bench: what a room costs that spans two workers, against the same on one. One video producer
 * and as many consumers on each side, in one process with one load client, measured in turns: while
 * one side is measured, the other's producer is paused. `--help` tells the flags.
 */
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { createWorker, createWorkerPool, type types } from "../mod.ts";
import { extensionIds, producerParameters } from "./room/endpoint_parameters.ts";
import { LoadClient } from "./room/load_client.ts";
import { runtimeName, sleep } from "./room/measure.ts";

const help =
  `pool.ts [--consumers N,...] [--rounds N] [--seconds N] [--client PROGRAM] [--json FILE]

  --consumers LIST  of one producer: 30 frames/s x 6 packets x 1100 bytes (100,300)
  --rounds N        one worker, then two, so many times (7)
  --seconds N       measured in each round and for each (2)
  --client PROGRAM  the load client (build/release/load_client)
  --json FILE       also writes the result there

SLUICE_PORT_STEERING=off in the environment measures without the kernel's help: half of what
comes in is then handed over.
`;

/** A video as a camera sends it. */
const video = { packetBytes: 1100, framePackets: 6, framesPerSecond: 30 };

const mediaCodecs: types.RouterRtpCodecCapability[] = [
  { kind: "video", mimeType: "video/VP8", clockRate: 90000 },
];

export interface PoolResult {
  bench: "pool";
  runtime: string;
  consumers: number;
  /** Microseconds of the engine's threads for each packet that arrived, the median of the rounds. */
  oneWorkerUs: number;
  twoWorkersUs: number;
  /** The median of the rounds' ratios. */
  ratio: number;
  /** Datagrams a second that the kernel gave to the wrong one of the two workers. */
  handedOver: number;
  /** Of what had to arrive, the share of the worse side. */
  delivered: number;
}

/** A producer with its consumers, on one worker or on two. */
interface Side {
  workers: types.Worker[];
  producer: types.Producer;
}

/** What makes routers and servers. */
type Maker = Pick<types.WorkerPool, "createRouter" | "createWebRtcServer">;

async function open(
  client: LoadClient,
  maker: Maker,
  workers: types.Worker[],
  source: number,
  consumers: number,
): Promise<Side> {
  const router = await maker.createRouter({ mediaCodecs });
  const listenInfos: types.TransportListenInfo[] = [{ protocol: "udp", ip: "127.0.0.1" }];
  const webRtcServer = await maker.createWebRtcServer({ listenInfos });
  const connect = async (): Promise<{ transport: types.WebRtcTransport; peer: number }> => {
    const transport = await router.createWebRtcTransport({ webRtcServer });
    const { fingerprints } = client;
    await transport.connect({ dtlsParameters: { role: "client", fingerprints } });
    const { peer, connected } = client.connect(transport);
    await connected;
    return { transport, peer };
  };
  const { transport, peer } = await connect();
  const rtpParameters = producerParameters("video", source);
  const producer = await transport.produce({ kind: "video", rtpParameters });
  const { payloadType, clockRate } = rtpParameters.codecs[0];
  const { mid, encodings } = rtpParameters;
  const { mid: midId, transportCc: transportCcId } = extensionIds;
  client.send({
    ...{ source, peer, kind: "video", ssrc: encodings![0].ssrc!, payloadType, clockRate },
    ...{ mid: mid!, midId, transportCcId, ...video, phaseUs: source * 1000 },
  });
  for (let i = 0; i < consumers; ++i) {
    const { transport, peer } = await connect();
    const { rtpCapabilities } = router;
    const consumer = await transport.consume({ producerId: producer.id, rtpCapabilities });
    client.receive(peer, source, consumer);
  }
  return { workers, producer };
}

/** Milliseconds of CPU of the engine's threads. */
async function cpuMs({ workers }: Side): Promise<number> {
  const usages = await Promise.all(workers.map((worker) => worker.getResourceUsage()));
  return usages.reduce((sum, { ru_utime, ru_stime }) => sum + ru_utime + ru_stime, 0);
}

async function handedOver({ workers }: Side): Promise<number> {
  const dumps = await Promise.all(workers.map((worker) => worker.dump()));
  return dumps.reduce((sum, { counters }) => sum + counters.datagrams_handed_over, 0);
}

interface Figures {
  us: number;
  handedOver: number;
  /** Packets that arrived, of those that a producer sent in that time times the consumers. */
  arrived: number;
  sent: number;
}

async function measure(client: LoadClient, side: Side, seconds: number): Promise<Figures> {
  await side.producer.resume();
  await sleep(500); // The key frame that resuming asks for, and what it fills.
  await client.begin();
  const handedBefore = await handedOver(side);
  const before = await cpuMs(side);
  await sleep(seconds * 1000);
  const used = await cpuMs(side) - before;
  const handed = await handedOver(side) - handedBefore;
  await client.end();
  const { arrived, sent } = await client.report();
  await side.producer.pause();
  return { us: used * 1000 / arrived, handedOver: handed / seconds, arrived, sent: sent / 2 };
}

const median = (values: number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

async function run(
  program: string,
  consumers: number,
  rounds: number,
  seconds: number,
): Promise<PoolResult> {
  const client = await LoadClient.start(program, []);
  const worker = await createWorker({ logLevel: "warn" });
  const pool = await createWorkerPool({ workers: 2, logLevel: "warn" });
  try {
    const one = await open(client, worker, [worker], 0, consumers);
    const two = await open(client, pool, pool.workers, 1, consumers);
    await client.start();
    for (const side of [one, two]) await measure(client, side, 1); // Warms up, and pauses.
    const figures: { one: Figures; two: Figures }[] = [];
    for (let round = 0; round < rounds; ++round) {
      const ofOne = await measure(client, one, seconds);
      const ofTwo = await measure(client, two, seconds);
      figures.push({ one: ofOne, two: ofTwo });
      console.error(`  ${ofOne.us.toFixed(2)} us on one worker, ${ofTwo.us.toFixed(2)} on two`);
    }
    const shares = figures.flatMap((it) => [it.one, it.two])
      .map(({ arrived, sent }) => arrived / (sent * consumers));
    return {
      bench: "pool",
      runtime: runtimeName(),
      consumers,
      oneWorkerUs: median(figures.map(({ one }) => one.us)),
      twoWorkersUs: median(figures.map(({ two }) => two.us)),
      ratio: median(figures.map(({ one, two }) => two.us / one.us)),
      handedOver: median(figures.map(({ two }) => two.handedOver)),
      delivered: Math.min(...shares),
    };
  } finally {
    worker.close();
    pool.close();
    await client.close();
  }
}

const { values } = parseArgs({
  options: {
    consumers: { type: "string", default: "100,300" },
    rounds: { type: "string", default: "7" },
    seconds: { type: "string", default: "2" },
    client: { type: "string", default: "build/release/load_client" },
    json: { type: "string" },
    help: { type: "boolean", default: false },
  },
});
const [rounds, seconds, ...counts] = [values.rounds, values.seconds, ...values.consumers.split(",")]
  .map(Number);
if (values.help) {
  console.log(help);
} else if ([rounds, seconds, ...counts].some((it) => !Number.isInteger(it) || it < 1)) {
  throw new TypeError("--consumers, --rounds and --seconds must be whole numbers, 1 or more");
} else {
  const results: PoolResult[] = [];
  for (const consumers of counts) {
    const result = await run(values.client, consumers, rounds, seconds);
    results.push(result);
    console.log(
      `${result.runtime}, ${consumers} consumers: ${
        result.oneWorkerUs.toFixed(2)
      } us a packet on ` +
        `one worker, ${result.twoWorkersUs.toFixed(2)} on two, ${result.ratio.toFixed(2)} x; ` +
        `${result.handedOver.toFixed(0)} datagrams/s handed over`,
    );
  }
  if (values.json) await writeFile(values.json, JSON.stringify(results, null, 2));
}

/**
 * Closes everything that a room is made of, again and again, each time another part first, while
 * media passes: `close_cascades.ts <rounds>`. Prints the process's memory after each tenth of
 * the rounds. Whatever is not as it should be ends it with an error.
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import process from "node:process";
import * as sluice from "../../../mod.ts";
import type {
  Consumer,
  DirectTransport,
  PlainTransport,
  Producer,
  Router,
  Transport,
  WebRtcServer,
  Worker,
} from "../../../sfu/types.ts";
import { audioOptions, consumerCapabilities, mediaCodecs, udpInfo } from "../fixtures.ts";
import { Endpoint } from "../media_scene.ts";
import { audioPacket } from "../rtp.ts";
import { mallocBytes, trimMalloc } from "./malloc_bytes.ts";

const rounds = Number(process.argv[2]);
/**
 * Every so many rounds the workers themselves are closed, and others take their place; not when
 * memory is looked at, for the old ones' threads may be ending.
 */
const roundsOfWorker = 200;
/** How often memory is looked at: collectors work in steps. */
const looks = 8;

interface Site {
  worker: Worker;
  router: Router;
  server: WebRtcServer;
}

async function openSite(): Promise<Site> {
  const worker = await sluice.createWorker();
  return {
    worker,
    router: await worker.createRouter({ mediaCodecs }),
    server: await worker.createWebRtcServer({ listenInfos: [udpInfo] }),
  };
}

/** A room: one sender, an endpoint of each kind that receives it, a pipe and both observers. */
interface Room {
  near: Router;
  far: Router;
  ingress: PlainTransport;
  source: Producer;
  direct: DirectTransport;
  spoken: Producer;
  transports: Transport[];
  consumers: Consumer[];
  closables: { readonly closed: boolean; close(): void }[];
}

async function openRoom([a, b]: Site[]): Promise<Room> {
  const near = await a.worker.createRouter({ mediaCodecs });
  const far = await b.worker.createRouter({ mediaCodecs });
  const ingress = await near.createPlainTransport({ listenInfo: udpInfo, comedia: true });
  const source = await ingress.produce(audioOptions());
  const direct = await near.createDirectTransport();
  const spoken = await direct.produce(audioOptions(2222));
  const webRtc = await near.createWebRtcTransport({ webRtcServer: a.server });
  const plain = await near.createPlainTransport({ listenInfo: udpInfo });
  await plain.connect({ ip: "127.0.0.1", port: sink });
  const { pipeConsumer, pipeProducer } = await near.pipeToRouter({
    producerId: source.id,
    router: far,
  });
  const distant = await far.createPlainTransport({ listenInfo: udpInfo });
  await distant.connect({ ip: "127.0.0.1", port: sink });
  const levels = await near.createAudioLevelObserver();
  const speakers = await near.createActiveSpeakerObserver();
  await levels.addProducer({ producerId: source.id });
  await speakers.addProducer({ producerId: spoken.id });

  const rtpCapabilities = consumerCapabilities;
  const consumers: Consumer[] = [];
  for (const transport of [webRtc, plain, direct]) {
    for (const { id: producerId } of [source, spoken]) {
      consumers.push(await transport.consume({ producerId, rtpCapabilities }));
    }
  }
  consumers.push(await distant.consume({ producerId: source.id, rtpCapabilities }));
  const transports = [ingress, direct, webRtc, plain, distant];
  const closables = [
    ...[near, far, ...transports, source, spoken, ...consumers, levels, speakers],
    ...[pipeConsumer!, pipeProducer!],
  ];
  return { near, far, ingress, source, direct, spoken, transports, consumers, closables };
}

/** What is closed first, by turns; then what is left goes with the routers. */
const ends: ((room: Room) => void)[] = [
  ({ near }) => near.close(),
  ({ far }) => far.close(),
  ({ source, spoken }) => [source, spoken].forEach((it) => it.close()),
  ({ transports }) => transports.forEach((it) => it.close()),
  ({ consumers }) => consumers.forEach((it) => it.close()),
  ({ closables }) => closables[(++turn) % closables.length].close(),
];
let turn = 0;

/** The media: packets from a socket and from the application, some of them under way. */
async function speak({ ingress, spoken, consumers }: Room): Promise<void> {
  const heard = new Promise<void>((done) => consumers[5].once("rtp", () => done()));
  for (let i = 0; i < 4; ++i) {
    void endpoint.send(audioPacket(i), ingress);
    spoken.send(packetOf(2222, i));
  }
  await heard;
}

function packetOf(ssrc: number, sequenceNumber: number): Buffer {
  const packet = audioPacket(sequenceNumber);
  packet.writeUInt32BE(ssrc, 8);
  return packet;
}

/** What the runtimes have to collect rubbish, and to give back what it was in. */
interface Collectors {
  Bun?: { gc(force: boolean): void; shrink(): void };
  gc(options: { type: "major"; execution: "sync"; flavor: "last-resort" }): void;
}

/** What the process holds, after the rubbish of JavaScript was collected: the least of some looks. */
async function memory(): Promise<Record<string, number>> {
  const { Bun, gc } = globalThis as unknown as Collectors;
  let least = { allocated: Infinity, heap: Infinity, resident: Infinity };
  for (let look = 0; look < looks; ++look) {
    await new Promise((done) => setTimeout(done, 20));
    if (Bun) {
      Bun.gc(true);
      Bun.shrink();
    } else {
      gc({ type: "major", execution: "sync", flavor: "last-resort" });
    }
    trimMalloc();
    const { heapUsed, rss } = process.memoryUsage();
    least = {
      allocated: Math.min(least.allocated, mallocBytes()),
      heap: Math.min(least.heap, heapUsed),
      resident: Math.min(least.resident, rss),
    };
  }
  return least;
}

const endpoint = new Endpoint();
const sink = await endpoint.open();
let sites = [await openSite(), await openSite()];

async function play(round: number): Promise<void> {
  const room = await openRoom(sites);
  await speak(room);
  ends[round % ends.length](room);
  if (round % roundsOfWorker === roundsOfWorker / 2) {
    for (const { worker } of sites) worker.close();
    sites = [await openSite(), await openSite()];
  } else {
    room.near.close();
    room.far.close();
  }
  for (const it of room.closables) assert.equal(it.closed, true);
  endpoint.received.length = endpoint.receivedRtcp.length = 0;
}

for (let round = 1; round <= rounds; ++round) {
  await play(round);
  if (round % (rounds / 10) === 0) console.log(JSON.stringify(await memory()));
}
for (const { worker, router, server } of sites) {
  const { routerIds, webRtcServerIds, counters } = await worker.dump();
  assert.deepEqual(routerIds, [router.id]);
  assert.deepEqual(webRtcServerIds, [server.id]);
  assert.deepEqual((await router.dump()).transportIds, []);
  // What one read of a socket may need is kept ready.
  assert(counters.packet_slots_in_use <= 64, `${counters.packet_slots_in_use}`);
  worker.close();
}
endpoint.close();

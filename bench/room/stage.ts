/** The server of a scenario, made through the public API alone, and the endpoints that load it. */
import process from "node:process";
import type { types } from "../../mod.ts";
import { extensionIds, producerParameters } from "./endpoint_parameters.ts";
import type { LoadClient } from "./load_client.ts";
import { Stopwatch } from "./measure.ts";
import type { RoomOptions, Scenario } from "./options.ts";

/** What a module must export to be measured. */
export interface Api {
  createWorker(settings?: types.WorkerSettings): Promise<types.Worker>;
}

type Listen =
  | { webRtcServer: types.WebRtcServer }
  | { listenInfos: types.TransportListenInfo[] };

const mediaCodecs: types.RouterRtpCodecCapability[] = [
  { kind: "audio", mimeType: "audio/opus", clockRate: 48000, channels: 2 },
  { kind: "video", mimeType: "video/VP8", clockRate: 90000 },
];

/** Handshakes at a time: more would only wait for each other. */
const handshakes = 16;

export class Stage {
  readonly worker: types.Worker;
  readonly createTransport = new Stopwatch();
  readonly consume = new Stopwatch();
  #client: LoadClient;
  #router: types.Router;
  #listen: Listen;
  #producers: types.Producer[] = [];

  private constructor(
    client: LoadClient,
    worker: types.Worker,
    router: types.Router,
    listen: Listen,
  ) {
    this.#client = client;
    this.worker = worker;
    this.#router = router;
    this.#listen = listen;
  }

  static async make(api: Api, client: LoadClient, options: RoomOptions): Promise<Stage> {
    const worker = await api.createWorker({ logLevel: "warn" });
    const router = await worker.createRouter({ mediaCodecs });
    const listenInfos: types.TransportListenInfo[] = [{ protocol: "udp", ip: "127.0.0.1" }];
    const listen = options.sockets === "own"
      ? { listenInfos }
      : { webRtcServer: await worker.createWebRtcServer({ listenInfos }) };
    return new Stage(client, worker, router, listen);
  }

  /** Processes of the server beside this one. */
  get otherProcesses(): number[] {
    return this.worker.pid === process.pid ? [] : [this.worker.pid];
  }

  async addSources(scenario: Scenario): Promise<void> {
    const transports = await this.#createTransports(scenario.sources, new Stopwatch());
    const peers = await this.#connect(transports);
    for (let source = 0; source < scenario.sources; ++source) {
      const rtpParameters = producerParameters(scenario.kind, source);
      this.#producers.push(
        await transports[source].produce({ kind: scenario.kind, rtpParameters }),
      );
      const { ssrc } = rtpParameters.encodings![0];
      const { payloadType, clockRate } = rtpParameters.codecs[0];
      const { kind, packetBytes, framePackets, framesPerSecond, sources } = scenario;
      this.#client.send({
        ...{ source, peer: peers[source], kind, ssrc: ssrc!, payloadType, clockRate },
        ...{
          mid: rtpParameters.mid!,
          midId: extensionIds.mid,
          transportCcId: extensionIds.transportCc,
        },
        ...{ packetBytes, framePackets, framesPerSecond },
        phaseUs: Math.floor(source * 1e6 / framesPerSecond / sources),
      });
    }
  }

  /**
   * Receivers beside those that are measured, so that pools, allocators and compiled code are settled.
   *
   * @returns What lets them leave. Before memory was compared their leaving would only make room that
   * the others then fill.
   */
  async warmUp(scenario: Scenario): Promise<() => Promise<void>> {
    const count = Math.min(scenario.receivers, 32);
    const transports = await this.#createTransports(count, new Stopwatch());
    const peers = await this.#connect(transports);
    await this.#consumeAll(transports, peers, scenario, new Stopwatch());
    return async () => {
      await this.#client.closePeers(peers);
      for (const transport of transports) transport.close();
    };
  }

  /** @returns The number of consumers made. */
  async addReceivers(scenario: Scenario): Promise<number> {
    const transports = await this.#createTransports(scenario.receivers, this.createTransport);
    const peers = await this.#connect(transports);
    return await this.#consumeAll(transports, peers, scenario, this.consume);
  }

  async #createTransports(count: number, watch: Stopwatch): Promise<types.WebRtcTransport[]> {
    const transports: types.WebRtcTransport[] = [];
    for (let i = 0; i < count; ++i) {
      transports.push(await watch.time(() => this.#router.createWebRtcTransport(this.#listen)));
    }
    return transports;
  }

  async #connect(transports: types.WebRtcTransport[]): Promise<number[]> {
    const peers: number[] = [];
    const { fingerprints } = this.#client;
    const underway: Promise<unknown>[] = [];
    for (const transport of transports) {
      await transport.connect({ dtlsParameters: { role: "client", fingerprints } });
      const { peer, connected } = this.#client.connect(transport);
      peers.push(peer);
      underway.push(connected);
      if (underway.length >= handshakes) await underway.shift();
    }
    await Promise.all(underway);
    return peers;
  }

  async #consumeAll(
    transports: types.WebRtcTransport[],
    peers: number[],
    scenario: Scenario,
    watch: Stopwatch,
  ): Promise<number> {
    const { rtpCapabilities } = this.#router;
    let consumers = 0;
    for (let i = 0; i < transports.length; ++i) {
      for (const [source, { id: producerId }] of this.#producers.entries()) {
        if (scenario.sources > 1 && source === i) continue; // Nobody hears himself.
        const consumer = await watch.time(() =>
          transports[i].consume({ producerId, rtpCapabilities })
        );
        this.#client.receive(peers[i], source, consumer);
        ++consumers;
      }
    }
    return consumers;
  }
}

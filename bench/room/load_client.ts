/** The load client's process, and the talk with it: JSON lines. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { types } from "../../mod.ts";

/** The client's figures of a measured interval. */
export interface ClientReport {
  seconds: number;
  /** Packets that left the client. */
  sent: number;
  /** Packets that had to reach the receivers, and those that did. */
  expected: number;
  arrived: number;
  /** The share that arrived of the stream that fared worst. */
  worstStream: number;
  delayP50Ms: number;
  delayP99Ms: number;
  delayMaxMs: number;
  clientCpuSeconds: number;
  lateFrames: number;
  counters: Record<string, number>;
}

interface ClientEvent extends ClientReport {
  event: string;
  peer: number;
  text: string;
  profile: string;
  fingerprints: types.DtlsFingerprint[];
}

/** A stream for the client to send; see the client's --help. */
export interface SendCommand {
  source: number;
  peer: number;
  kind: string;
  ssrc: number;
  payloadType: number;
  clockRate: number;
  mid: string;
  midId: number;
  transportCcId: number;
  packetBytes: number;
  framePackets: number;
  framesPerSecond: number;
  phaseUs: number;
}

interface Waiting {
  done: (event: ClientEvent) => void;
  fail: (error: Error) => void;
}

export class LoadClient {
  fingerprints: types.DtlsFingerprint[] = [];
  /** SRTP profiles that were negotiated. */
  readonly profiles = new Set<string>();
  #child: ChildProcess;
  #waiting = new Map<string, Waiting>();
  #peers = 0;
  #isOver = false;
  #failure?: Error;

  private constructor(child: ChildProcess) {
    this.#child = child;
    createInterface({ input: child.stdout! }).on("line", (line) => this.#handle(JSON.parse(line)));
    child.on("exit", () => this.#fail(new Error("the load client has ended")));
    child.on("error", (error) => this.#fail(error));
  }

  get pid(): number {
    return this.#child.pid!;
  }

  static async start(program: string, flags: string[]): Promise<LoadClient> {
    const client = new LoadClient(spawn(program, flags, { stdio: ["pipe", "pipe", "inherit"] }));
    client.fingerprints = (await client.#next("ready")).fingerprints;
    return client;
  }

  /** Makes an endpoint for a transport. @returns Its number, and when it is connected. */
  connect(transport: types.WebRtcTransport): { peer: number; connected: Promise<unknown> } {
    const peer = this.#peers++;
    const { usernameFragment, password } = transport.iceParameters;
    const { address, port } = transport.iceCandidates[0];
    const fingerprint = transport.dtlsParameters.fingerprints
      .find(({ algorithm }) => algorithm === "sha-256");
    const connected = this.#next(`connected ${peer}`);
    connected.catch(() => {}); // Until somebody waits for it.
    this.#tell({ do: "connect", peer, ip: address, port, usernameFragment, password, fingerprint });
    return { peer, connected };
  }

  send(command: SendCommand): void {
    this.#tell({ do: "send", ...command });
  }

  receive(peer: number, source: number, consumer: types.Consumer): void {
    const { encodings, codecs, headerExtensions } = consumer.rtpParameters;
    const transportCcId = headerExtensions?.find(({ uri }) => uri.includes("transport-wide"))?.id;
    const { ssrc } = encodings![0];
    const { clockRate } = codecs[0];
    this.#tell({ do: "receive", peer, source, ssrc, clockRate, transportCcId });
  }

  /** The endpoints are gone when it resolves. */
  async closePeers(peers: number[]): Promise<void> {
    const closed = peers.map((peer) => this.#next(`closed ${peer}`));
    for (const peer of peers) this.#tell({ do: "close", peer });
    await Promise.all(closed);
  }

  async start(): Promise<void> {
    this.#tell({ do: "start" });
    await this.#next("started");
  }

  /** The measured interval begins when this resolves. */
  async begin(): Promise<void> {
    this.#tell({ do: "begin" });
    await this.#next("begun");
  }

  /** The interval has ended when this resolves; report() follows. */
  async end(): Promise<void> {
    this.#tell({ do: "end" });
    await this.#next("ended");
  }

  report(): Promise<ClientReport> {
    return this.#next("report");
  }

  async close(): Promise<void> {
    this.#isOver = true;
    if (this.#child.exitCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#tell({ do: "quit" });
    await ended;
  }

  #tell(command: object): void {
    this.#child.stdin!.write(`${JSON.stringify(command)}\n`);
  }

  #next(event: string): Promise<ClientEvent> {
    if (this.#failure) return Promise.reject(this.#failure);
    return new Promise((done, fail) => this.#waiting.set(event, { done, fail }));
  }

  #handle(event: ClientEvent): void {
    if (event.event === "error") return this.#fail(new Error(`load client: ${event.text}`));
    if (event.event === "connected") this.profiles.add(event.profile);
    const isFailure = event.event === "failed";
    const what = isFailure ? "connected" : event.event;
    const name = event.peer === undefined ? what : `${what} ${event.peer}`;
    const waiting = this.#waiting.get(name);
    this.#waiting.delete(name);
    if (isFailure) {
      const error = new Error(`endpoint ${event.peer}: ${event.text}`);
      if (waiting) waiting.fail(error);
      else this.#fail(error);
    } else {
      waiting?.done(event);
    }
  }

  #fail(error: Error): void {
    if (this.#isOver) return;
    this.#failure ??= error;
    for (const { fail } of this.#waiting.values()) fail(error);
    this.#waiting.clear();
  }
}

/** A real WebRTC endpoint for tests: libdatachannel, with full ICE, DTLS and SRTP of its own. */
import type { Buffer } from "node:buffer";
import process from "node:process";
import * as datachannel from "node-datachannel";
import type { DtlsParameters, WebRtcTransport } from "../../sfu/types.ts";

/** What the endpoint does with its one audio stream. */
export interface PeerOptions {
  /** From the endpoint's side. */
  direction: "SendOnly" | "RecvOnly";
  mid: string;
  payloadType: number;
  ssrc: number;
  /** A fingerprint to show in place of the real one. */
  fingerprint?: string;
}

/** What {@linkcode endPeers} ends: its cleanup() trips over tracks that were garbage-collected. */
const tracks: datachannel.Track[] = [];

/** Made by {@linkcode connectPeer}. */
export class Peer {
  readonly #connection: datachannel.PeerConnection;
  readonly #track: datachannel.Track;
  readonly #opened: Promise<void>;

  constructor({ direction, mid, payloadType, ssrc }: PeerOptions) {
    this.#connection = new datachannel.PeerConnection("peer", { iceServers: [] });
    const audio = new datachannel.Audio(mid, direction);
    audio.addOpusCodec(payloadType);
    if (direction === "SendOnly") audio.addSSRC(ssrc, "FOOBAR", "stream", "track");
    this.#track = this.#connection.addTrack(audio);
    tracks.push(this.#track);
    this.#opened = new Promise((done) => this.#track.onOpen(done));
  }

  /** Resolves when the endpoint can send. */
  get opened(): Promise<void> {
    return this.#opened;
  }

  /** The endpoint's offer, in SDP. */
  offer(): Promise<string> {
    return new Promise((done) => {
      this.#connection.onLocalDescription((sdp) => done(sdp));
      this.#connection.setLocalDescription("offer");
    });
  }

  answer(sdp: string): void {
    this.#connection.setRemoteDescription(sdp, "answer");
  }

  /** Sends one RTP packet; SRTP is the library's. */
  send(rtp: Buffer): void {
    this.#track.sendMessageBinary(rtp);
  }

  onRtp(listener: (rtp: Buffer) => void): void {
    this.#track.onMessage(listener);
  }

  close(): void {
    this.#track.close();
    this.#connection.close();
  }
}

/** Makes an endpoint for a transport and begins to connect it. */
export async function connectPeer(transport: WebRtcTransport, options: PeerOptions): Promise<Peer> {
  const peer = new Peer(options);
  const offer = await peer.offer();
  await transport.connect({ dtlsParameters: dtlsParametersOf(offer, options.fingerprint) });
  peer.answer(answerFor(transport, options));
  return peer;
}

/**
 * Ends the library's threads: they keep a Deno process alive. A Bun process ends anyway, and does not
 * survive this call (Bun 1.4.5, node-datachannel 0.33.4).
 */
export function endPeers(): void {
  if (!("bun" in process.versions)) datachannel.cleanup();
}

function dtlsParametersOf(sdp: string, instead?: string): DtlsParameters {
  const value = /^a=fingerprint:sha-256 (\S+)/m.exec(sdp)?.[1] ?? "";
  return {
    role: "client",
    fingerprints: [{ algorithm: "sha-256", value: instead ?? value }],
  };
}

function answerFor(transport: WebRtcTransport, options: PeerOptions): string {
  const { usernameFragment, password } = transport.iceParameters;
  const fingerprint = transport.dtlsParameters.fingerprints
    .find(({ algorithm }) => algorithm === "sha-256");
  const candidates = transport.iceCandidates.map((it) =>
    `a=candidate:${it.foundation} 1 ${it.protocol} ${it.priority} ${it.address} ${it.port} typ host`
  );
  const isSender = options.direction === "SendOnly";
  return [
    "v=0",
    "o=- 1 1 IN IP4 127.0.0.1",
    "s=-",
    "t=0 0",
    "a=ice-lite",
    `a=group:BUNDLE ${options.mid}`,
    `m=audio 9 UDP/TLS/RTP/SAVPF ${options.payloadType}`,
    "c=IN IP4 0.0.0.0",
    `a=mid:${options.mid}`,
    isSender ? "a=recvonly" : "a=sendonly",
    ...(isSender ? [] : [`a=ssrc:${options.ssrc} cname:FOOBAR`]),
    "a=rtcp-mux",
    `a=rtpmap:${options.payloadType} opus/48000/2`,
    "a=setup:passive",
    `a=ice-ufrag:${usernameFragment}`,
    `a=ice-pwd:${password}`,
    `a=fingerprint:sha-256 ${fingerprint?.value}`,
    ...candidates,
    "a=end-of-candidates",
    "",
  ].join("\r\n");
}

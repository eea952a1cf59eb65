/** ffmpeg as a sender and as a receiver of RTP. */
import { type ChildProcess, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { types } from "../../mod.ts";

export const vp8 = { payloadType: 101, ssrc: 22221111, width: 320, height: 180 };
export const opus = { payloadType: 102, ssrc: 11112222 };

/** Publishes a moving picture and a tone until it is killed. */
export function publish(
  video: types.PlainTransport,
  audio: types.PlainTransport,
  srtp?: types.SrtpParameters,
): ChildProcess {
  const to = ({ tuple, rtcpTuple }: types.PlainTransport): string =>
    `${srtp ? "srtp" : "rtp"}://127.0.0.1:${tuple.localPort}` +
    `?rtcpport=${rtcpTuple!.localPort}&pkt_size=1200`;
  const secret = srtp
    ? ["-srtp_out_suite", srtp.cryptoSuite, "-srtp_out_params", srtp.keyBase64]
    : [];
  // deno-fmt-ignore
  return spawn("ffmpeg", [
    "-hide_banner", "-loglevel", "error", "-re",
    "-f", "lavfi", "-i", `testsrc2=size=${vp8.width}x${vp8.height}:rate=25`,
    "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000",
    "-map", "0:v", "-c:v", "libvpx", "-threads", "1", "-deadline", "realtime", "-cpu-used", "8",
    "-b:v", "400k", "-g", "25", "-ssrc", `${vp8.ssrc}`, "-payload_type", `${vp8.payloadType}`,
    ...secret, "-f", "rtp", to(video),
    "-map", "1:a", "-c:a", "libopus", "-b:a", "48k", "-ac", "2",
    "-ssrc", `${opus.ssrc}`, "-payload_type", `${opus.payloadType}`,
    ...secret, "-f", "rtp", to(audio),
  ], { stdio: ["ignore", "ignore", "inherit"] });
}

/** What a receiver expects: one of these per kind. */
export interface Expected {
  consumer: types.Consumer;
  port: number;
  /** The keys with which the server protects what it sends. */
  srtp?: types.SrtpParameters;
}

/** What was decoded. */
export interface Decoded {
  videoFrames: number;
  audioFrames: number;
  dimensions: string;
}

/**
 * Receives and decodes until there were so many frames of each kind.
 *
 * Each kind has an output file of its own: ffmpeg ends a file, with all its streams, as soon as the
 * first stream has its number of frames.
 *
 * @param onListening  Called when ffmpeg has been started: let the packets come.
 */
export async function receive(
  expected: Expected[],
  frames: { video: number; audio: number },
  onListening: () => void,
): Promise<Decoded> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-"));
  try {
    const [sdp, video, audio] = ["in.sdp", "video", "audio"].map((name) => join(folder, name));
    await writeFile(sdp, describe(expected));
    // deno-fmt-ignore
    const child = spawn("ffmpeg", [
      "-hide_banner", "-loglevel", "error",
      "-protocol_whitelist", "file,udp,rtp,srtp", "-i", sdp,
      "-map", "0:v", "-frames:v", `${frames.video}`, "-f", "framecrc", video,
      "-map", "0:a", "-frames:a", `${frames.audio}`, "-f", "framecrc", audio,
    ], { stdio: ["ignore", "ignore", "pipe"] });
    let errors = "";
    child.stderr.on("data", (chunk) => errors += chunk);
    const closed = once(child, "close");
    onListening();
    const [status] = await closed;
    if (status !== 0) throw new Error(`ffmpeg could not receive: ${errors}`);
    const [seen, heard] = await Promise.all([video, audio].map((file) => readFile(file, "utf8")));
    return {
      videoFrames: countFrames(seen),
      audioFrames: countFrames(heard),
      dimensions: /^#dimensions 0: (\S+)/m.exec(seen)?.[1] ?? "",
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

const countFrames = (framecrc: string): number => (framecrc.match(/^0,/gm) ?? []).length;

function describe(expected: Expected[]): string {
  const lines = ["v=0", "o=- 0 0 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0"];
  for (const { consumer, port, srtp } of expected) {
    const { mimeType, payloadType, clockRate, channels } = consumer.rtpParameters.codecs[0];
    const name = mimeType.split("/")[1];
    lines.push(
      `m=${consumer.kind} ${port} ${srtp ? "RTP/SAVP" : "RTP/AVP"} ${payloadType}`,
      `a=rtpmap:${payloadType} ${name}/${clockRate}${channels ? `/${channels}` : ""}`,
      ...(srtp ? [`a=crypto:1 ${srtp.cryptoSuite} inline:${srtp.keyBase64}`] : []),
    );
  }
  return lines.join("\n") + "\n";
}

/** An even port that is free, with a free one after it: ffmpeg takes both, for RTP and RTCP. */
export async function freePortPair(): Promise<number> {
  for (;;) {
    const rtp = createSocket("udp4");
    rtp.bind(0, "127.0.0.1");
    await once(rtp, "listening");
    const { port } = rtp.address();
    const rtcp = createSocket("udp4");
    const free = await new Promise<boolean>((resolve) => {
      rtcp.once("error", () => resolve(false));
      rtcp.bind(port + 1, "127.0.0.1", () => resolve(true));
    });
    rtp.close();
    if (free) rtcp.close();
    if (free && port % 2 === 0) return port;
  }
}

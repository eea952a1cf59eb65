/**
 * Publishes a test pattern, so that a room is never empty: ffmpeg generates a moving picture with a clock
 * and beeps, and sends both as plain RTP (VP8 and Opus). If ffmpeg dies, it is started again.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import type { types } from "../../mod.ts";
import type { Room } from "./room.ts";

const personId = "test-pattern";
const vp8 = { payloadType: 101, ssrc: 22221111 };
const opus = { payloadType: 102, ssrc: 11112222 };
const fontFile = "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf";
const restartDelayMs = 2000;

/** If we die, ffmpeg does not notice, but this shell sees its pipe end and ends ffmpeg. */
const endWithParent =
  'exec 3<&0; "$@" </dev/null & child=$!; (cat <&3 >/dev/null; kill $child) & watcher=$!; ' +
  "wait $child; status=$?; kill $watcher 2>/dev/null; exit $status";

export class TestPattern {
  #room: Room;
  #child: ChildProcess | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #transports: types.PlainTransport[] = [];
  #stopped = false;

  private constructor(room: Room) {
    this.#room = room;
  }

  /** Publishes into `room` until {@linkcode TestPattern.stop}. */
  static async start(room: Room): Promise<TestPattern> {
    const pattern = new TestPattern(room);
    room.addGuest({ personId, name: "Test pattern" });
    await pattern.#publish();
    return pattern;
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#child?.stdin?.end();
    this.#closeTransports();
    this.#room.removeGuest(personId);
  }

  /** Makes new transports for each ffmpeg, because its sockets have new addresses. */
  async #publish(): Promise<void> {
    const video = await this.#createTransport();
    const audio = await this.#createTransport();
    const camera = await video.produce({
      kind: "video",
      rtpParameters: {
        codecs: [{ mimeType: "video/VP8", payloadType: vp8.payloadType, clockRate: 90000 }],
        encodings: [{ ssrc: vp8.ssrc }],
      },
    });
    const microphone = await audio.produce({
      kind: "audio",
      rtpParameters: {
        codecs: [{
          mimeType: "audio/opus",
          payloadType: opus.payloadType,
          clockRate: 48000,
          channels: 2,
        }],
        encodings: [{ ssrc: opus.ssrc }],
      },
    });
    this.#show(camera, "camera");
    this.#show(microphone, "microphone");
    this.#run(ffmpegArguments(rtpUrl(video), rtpUrl(audio)));
  }

  async #createTransport(): Promise<types.PlainTransport> {
    const transport = await this.#room.router.createPlainTransport({
      listenInfo: { protocol: "udp", ip: "127.0.0.1" },
      rtcpMux: false,
      comedia: true,
    });
    this.#transports.push(transport);
    return transport;
  }

  #show(producer: types.Producer, source: "camera" | "microphone"): void {
    const { id: producerId, kind } = producer;
    this.#room.addStream(producer, { producerId, personId, kind, source });
  }

  #run(args: string[]): void {
    const child = spawn("sh", ["-c", endWithParent, "sh", "ffmpeg", ...args], {
      stdio: ["pipe", "ignore", "pipe"],
    });
    let lastWords = "";
    child.stderr?.on("data", (chunk) => lastWords = (lastWords + chunk).slice(-300));
    child.once("error", (error) => lastWords = error.message);
    child.once("close", () => this.#onEnd(lastWords.trim()));
    this.#child = child;
  }

  #onEnd(lastWords: string): void {
    if (this.#stopped) return;
    console.log(`The test pattern ended${lastWords && ` (${lastWords})`}; it is started again.`);
    this.#closeTransports();
    this.#timer = setTimeout(() => {
      this.#publish().catch((error) => this.#onEnd(String(error)));
    }, restartDelayMs);
  }

  #closeTransports(): void {
    for (const transport of this.#transports.splice(0)) transport.close();
  }
}

function rtpUrl({ tuple, rtcpTuple }: types.PlainTransport): string {
  return `rtp://127.0.0.1:${tuple.localPort}?rtcpport=${rtcpTuple?.localPort}&pkt_size=1200`;
}

/**
 * A key frame every second, because ffmpeg ignores requests for one. One thread, because several threads
 * of libvpx wait for each other by spinning: twenty times the work on a busy machine.
 */
function ffmpegArguments(videoUrl: string, audioUrl: string): string[] {
  const clock = existsSync(fontFile)
    ? `,drawtext=fontfile=${fontFile}:text='%{localtime\\:%T}':fontcolor=white:fontsize=56:` +
      "box=1:boxcolor=black@0.6:boxborderw=14:x=(w-text_w)/2:y=(h-text_h)/2"
    : "";
  const beep = "0.08*sin(2*PI*440*t)*lt(mod(t\\,2)\\,0.3)";
  // deno-fmt-ignore
  return [
    "-hide_banner", "-loglevel", "error", "-re",
    "-f", "lavfi", "-i", `testsrc2=size=640x360:rate=25${clock}`,
    "-f", "lavfi", "-i", `aevalsrc=exprs=${beep}:sample_rate=48000:channel_layout=mono`,
    "-map", "0:v", "-c:v", "libvpx", "-threads", "1", "-deadline", "realtime", "-cpu-used", "8",
    "-b:v", "700k", "-g", "25", "-error-resilient", "1", "-auto-alt-ref", "0",
    "-ssrc", `${vp8.ssrc}`, "-payload_type", `${vp8.payloadType}`, "-f", "rtp", videoUrl,
    "-map", "1:a", "-c:a", "libopus", "-b:a", "48k", "-ac", "2", "-application", "lowdelay",
    "-ssrc", `${opus.ssrc}`, "-payload_type", `${opus.payloadType}`, "-f", "rtp", audioUrl,
  ];
}

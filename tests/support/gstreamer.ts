/** GStreamer as a sender and as a receiver of RTP. */
import { Buffer } from "node:buffer";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { types } from "../../mod.ts";

export const vp8 = { payloadType: 101, ssrc: 33331111, width: 320, height: 180 };
export const opus = { payloadType: 102, redPayloadType: 103, ssrc: 33332222 };

/** GStreamer's names of the suites: cipher and authentication. */
const suites: Partial<Record<types.SrtpCryptoSuite, [cipher: string, auth: string]>> = {
  AES_CM_128_HMAC_SHA1_80: ["aes-128-icm", "hmac-sha1-80"],
  AEAD_AES_128_GCM: ["aes-128-gcm", "null"],
  AEAD_AES_256_GCM: ["aes-256-gcm", "null"],
};

const hex = ({ keyBase64 }: types.SrtpParameters): string =>
  Buffer.from(keyBase64, "base64").toString("hex");

function launch(elements: string[]): { child: ChildProcess; errors: () => string } {
  const child = spawn("gst-launch-1.0", ["-q", ...elements.join(" ").split(" ")], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let errors = "";
  child.stderr!.on("data", (chunk) => errors += chunk);
  return { child, errors: () => errors };
}

export interface PublishOptions {
  srtp?: types.SrtpParameters;
  /** Whether sound comes with the frame before in each packet (RFC 2198). */
  red?: boolean;
}

/** Publishes a moving picture and a tone until it is killed. */
export function publish(
  video: types.PlainTransport,
  audio: types.PlainTransport,
  { srtp, red = false }: PublishOptions = {},
): ChildProcess {
  const to = ({ tuple }: types.PlainTransport): string => {
    const [cipher, auth] = suites[srtp?.cryptoSuite ?? "AES_CM_128_HMAC_SHA1_80"]!;
    const secret = srtp &&
      `srtpenc key=${hex(srtp)} rtp-cipher=${cipher} rtp-auth=${auth} ` +
        `rtcp-cipher=${cipher} rtcp-auth=${auth} ! `;
    return `${secret ?? ""}udpsink host=127.0.0.1 port=${tuple.localPort}`;
  };
  const redundant = red ? `rtpredenc pt=${opus.redPayloadType} distance=1 ! ` : "";
  return launch([
    "videotestsrc is-live=true pattern=ball",
    `! video/x-raw,width=${vp8.width},height=${vp8.height},framerate=25/1`,
    "! vp8enc deadline=1 cpu-used=8 threads=1 target-bitrate=400000 keyframe-max-dist=25",
    `! rtpvp8pay pt=${vp8.payloadType} ssrc=${vp8.ssrc} mtu=1200 ! ${to(video)}`,
    "audiotestsrc is-live=true ! audio/x-raw,rate=48000,channels=2 ! opusenc",
    `! rtpopuspay pt=${opus.payloadType} ssrc=${opus.ssrc} ! ${redundant}${to(audio)}`,
  ]).child;
}

/** What a receiver expects: one of each kind. */
export interface Expected {
  consumer: types.Consumer;
  port: number;
  /** With which the server protects what it sends. */
  srtp?: types.SrtpParameters;
}

/**
 * Receives and decodes until so many frames of both kinds were there; rejects when they do not come.
 *
 * @param onListening  Called when GStreamer has been started: let the packets come.
 */
export async function receive(
  [video, audio]: Expected[],
  frames: { video: number; audio: number },
  onListening: () => void,
): Promise<void> {
  const { child, errors } = launch([
    `${source(video)} ! rtpvp8depay ! vp8dec`,
    `! video/x-raw,width=${vp8.width},height=${vp8.height}`,
    `! fakesink num-buffers=${frames.video} sync=false`,
    `${source(audio)} ! rtpopusdepay ! opusdec ! audio/x-raw,rate=48000`,
    `! fakesink num-buffers=${frames.audio} sync=false`,
  ]);
  const closed = once(child, "close");
  const patience = setTimeout(() => child.kill("SIGKILL"), 300_000);
  try {
    onListening();
    const [status] = await closed;
    if (status !== 0) throw new Error(`GStreamer could not receive: ${errors()}`);
  } finally {
    clearTimeout(patience);
  }
}

/** From a socket to RTP in order: opened, and RED unpacked, if the consumer has it. */
function source({ consumer, port, srtp }: Expected): string {
  const { codecs, encodings } = consumer.rtpParameters;
  const { mimeType, payloadType, clockRate } = codecs[0];
  const red = codecs.find((it) => it.mimeType === "audio/red");
  const type = srtp ? "application/x-srtp" : "application/x-rtp";
  const fields = [
    type,
    `media=${consumer.kind}`,
    `encoding-name=${mimeType.split("/")[1].toUpperCase()}`,
    `clock-rate=${clockRate}`,
    `payload=${payloadType}`,
  ];
  if (srtp) {
    const [cipher, auth] = suites[srtp.cryptoSuite]!;
    fields.push(
      `ssrc=(uint)${encodings![0].ssrc}`,
      `srtp-key=(buffer)${hex(srtp)}`,
      `srtp-cipher=${cipher}`,
      `srtp-auth=${auth}`,
      `srtcp-cipher=${cipher}`,
      `srtcp-auth=${auth}`,
    );
  }
  // RTCP comes on the same port: the sender's reports go where the packets go.
  const name = consumer.kind;
  const opened =
    ` ! srtpdec name=${name} ${name}.rtcp_src ! order_${name}.sink_rtcp ${name}.rtp_src`;
  return `udpsrc address=127.0.0.1 port=${port} caps=${fields.join(",")}` +
    (srtp ? opened : "") +
    (red ? ` ! rtpreddec pt=${red.payloadType}` : "") +
    ` ! rtpjitterbuffer name=order_${name} latency=200`;
}

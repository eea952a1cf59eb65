/** What an endpoint of the benches sends, as a browser would say it. */
import type { types } from "../../mod.ts";

/** Of the header extensions that endpoints send. */
export const extensionIds = { mid: 1, transportCc: 5 };
const headerExtensions = [
  { uri: "urn:ietf:params:rtp-hdrext:sdes:mid", id: extensionIds.mid },
  {
    uri: "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
    id: extensionIds.transportCc,
  },
] as types.RtpHeaderExtensionParameters[];
const transportCc = { type: "transport-cc", parameter: "" };

/** Opus, or VP8 with RTX; transport-cc on. `source` keeps the SSRCs of several apart. */
export function producerParameters(kind: "audio" | "video", source: number): types.RtpParameters {
  const ssrc = 10_000_000 + source * 10;
  const common = { mid: `${source}`, headerExtensions, rtcp: { cname: `load ${source}` } };
  if (kind === "audio") {
    const opus = { mimeType: "audio/opus", payloadType: 111, clockRate: 48000, channels: 2 };
    const codecs = [{ ...opus, rtcpFeedback: [transportCc] }] as types.RtpCodecParameters[];
    return { ...common, codecs, encodings: [{ ssrc }] };
  }
  const rtcpFeedback = [
    transportCc,
    { type: "nack", parameter: "" },
    { type: "nack", parameter: "pli" },
    { type: "ccm", parameter: "fir" },
  ];
  const clockRate = 90000;
  const codecs = [
    { mimeType: "video/VP8", payloadType: 96, clockRate, rtcpFeedback },
    { mimeType: "video/rtx", payloadType: 97, clockRate, parameters: { apt: 96 } },
  ] as types.RtpCodecParameters[];
  return { ...common, codecs, encodings: [{ ssrc, rtx: { ssrc: ssrc + 1 } }] };
}

/**
 * The codecs and header extensions that we support. Routers choose from these codecs.
 */

import type {
  MediaKind,
  RouterRtpCapabilities,
  RouterRtpCodecCapability,
  RtcpFeedback,
  RtpHeaderExtension,
  RtpHeaderExtensionDirection,
  RtpHeaderExtensionUri,
} from "../api/rtp_parameters.ts";
import { deepFreeze } from "../base/utils.ts";

const audioFeedback: RtcpFeedback[] = [{ type: "transport-cc", parameter: "" }];

const opusFeedback: RtcpFeedback[] = [
  { type: "nack", parameter: "" },
  { type: "transport-cc", parameter: "" },
];

const videoFeedback: RtcpFeedback[] = [
  { type: "nack", parameter: "" },
  { type: "nack", parameter: "pli" },
  { type: "ccm", parameter: "fir" },
  { type: "goog-remb", parameter: "" },
  { type: "transport-cc", parameter: "" },
];

function audio(
  name: string,
  clockRate: number,
  more: Partial<RouterRtpCodecCapability> = {},
): RouterRtpCodecCapability {
  return {
    kind: "audio",
    mimeType: `audio/${name}`,
    clockRate,
    channels: 1,
    parameters: {},
    rtcpFeedback: audioFeedback,
    ...more,
  };
}

// Surround sound in Opus (RFC 7845, 5.1.1.2): the streams and their order follow from the number
// of channels.
function multiopus(
  channels: number,
  mapping: string,
  streams: number,
  coupled: number,
): RouterRtpCodecCapability {
  return audio("multiopus", 48000, {
    channels,
    parameters: { channel_mapping: mapping, num_streams: streams, coupled_streams: coupled },
    rtcpFeedback: opusFeedback,
  });
}

function video(name: string, parameters: Record<string, unknown> = {}): RouterRtpCodecCapability {
  return {
    kind: "video",
    mimeType: `video/${name}`,
    clockRate: 90000,
    parameters,
    rtcpFeedback: videoFeedback,
  };
}

function extension(
  preferredId: number,
  uri: RtpHeaderExtensionUri,
  directions: Partial<Record<MediaKind, RtpHeaderExtensionDirection>>,
): RtpHeaderExtension[] {
  return Object.entries(directions).map(([kind, direction]) => ({
    kind: kind as MediaKind,
    uri,
    preferredId,
    preferredEncrypt: false,
    direction,
  }));
}

const both = { audio: "sendrecv", video: "sendrecv" } as const;

/** Frozen and complete: every optional field has its value. */
export const supportedRtpCapabilities: Readonly<Required<RouterRtpCapabilities>> = deepFreeze({
  codecs: [
    audio("opus", 48000, { channels: 2, rtcpFeedback: opusFeedback }),
    multiopus(4, "0,1,2,3", 2, 2),
    multiopus(6, "0,4,1,2,3,5", 4, 2),
    multiopus(8, "0,6,1,2,3,4,5,7", 5, 3),
    // Its redundancy repairs losses, so it has no feedback of its own.
    audio("red", 48000, { channels: 2, rtcpFeedback: [] }),
    // Static payload types of RFC 3551, 6.
    audio("PCMU", 8000, { preferredPayloadType: 0 }),
    audio("PCMA", 8000, { preferredPayloadType: 8 }),
    audio("ISAC", 32000),
    audio("ISAC", 16000),
    audio("G722", 8000, { preferredPayloadType: 9 }),
    audio("iLBC", 8000),
    audio("SILK", 24000),
    audio("SILK", 16000),
    audio("SILK", 12000),
    audio("SILK", 8000),
    audio("CN", 32000, { preferredPayloadType: 13, rtcpFeedback: [] }),
    audio("CN", 16000, { preferredPayloadType: 13, rtcpFeedback: [] }),
    audio("CN", 8000, { preferredPayloadType: 13, rtcpFeedback: [] }),
    audio("telephone-event", 48000, { rtcpFeedback: [] }),
    audio("telephone-event", 32000, { rtcpFeedback: [] }),
    audio("telephone-event", 16000, { rtcpFeedback: [] }),
    audio("telephone-event", 8000, { rtcpFeedback: [] }),
    video("VP8"),
    video("VP9"),
    video("H264", { "level-asymmetry-allowed": 1 }),
    video("H265"),
    video("AV1"),
  ],
  headerExtensions: [
    extension(1, "urn:ietf:params:rtp-hdrext:sdes:mid", both),
    // A consumer has one stream, which its SSRC identifies: it needs no RID.
    extension(2, "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id", { video: "recvonly" }),
    extension(3, "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id", { video: "recvonly" }),
    extension(4, "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time", both),
    // Bandwidth towards endpoints is estimated from video alone.
    extension(5, "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01", {
      audio: "recvonly",
      video: "sendrecv",
    }),
    extension(6, "urn:ietf:params:rtp-hdrext:ssrc-audio-level", { audio: "sendrecv" }),
    // No consumer drops layers within a stream, so the descriptor stays true.
    extension(
      7,
      "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension",
      { video: "sendrecv" },
    ),
    extension(8, "urn:3gpp:video-orientation", { video: "sendrecv" }),
    extension(9, "urn:ietf:params:rtp-hdrext:toffset", { video: "sendrecv" }),
    extension(10, "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time", both),
    extension(11, "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay", both),
    extension(12, "urn:mediasoup:params:rtp-hdrext:packet-id", both),
  ].flat(),
});

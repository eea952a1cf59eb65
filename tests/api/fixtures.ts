/** Codecs, parameters and capabilities that the tests of the API share. */
import type {
  DtlsParameters,
  ProducerOptions,
  RouterRtpCodecCapability,
  RtpCapabilities,
  TransportListenInfo,
} from "../../sfu/types.ts";

/** A fingerprint of the right form. */
export const sha256 = Array.from({ length: 32 }, (_, i) => i.toString(16).padStart(2, "0"))
  .join(":");

/** What a peer says of its DTLS. */
export const dtlsParameters: DtlsParameters = {
  role: "client",
  fingerprints: [{ algorithm: "sha-256", value: sha256 }],
};

export const udpInfo: TransportListenInfo = { protocol: "udp", ip: "127.0.0.1" };
export const tcpInfo: TransportListenInfo = { protocol: "tcp", ip: "127.0.0.1" };

export const mediaCodecs: RouterRtpCodecCapability[] = [
  {
    kind: "audio",
    mimeType: "audio/opus",
    clockRate: 48000,
    channels: 2,
    parameters: { useinbandfec: 1, foo: "bar" },
  },
  { kind: "video", mimeType: "video/VP8", clockRate: 90000 },
  {
    kind: "video",
    mimeType: "video/H264",
    clockRate: 90000,
    parameters: {
      "level-asymmetry-allowed": 1,
      "packetization-mode": 1,
      "profile-level-id": "4d0032",
    },
  },
];

/** Opus as a browser sends it. */
export function audioOptions(ssrc = 11111111): ProducerOptions {
  return {
    kind: "audio",
    rtpParameters: {
      mid: "AUDIO",
      codecs: [{
        mimeType: "audio/opus",
        payloadType: 111,
        clockRate: 48000,
        channels: 2,
        parameters: { useinbandfec: 1 },
        rtcpFeedback: [{ type: "transport-cc", parameter: "" }],
      }],
      headerExtensions: [
        { uri: "urn:ietf:params:rtp-hdrext:sdes:mid", id: 10 },
        { uri: "urn:ietf:params:rtp-hdrext:ssrc-audio-level", id: 12 },
      ],
      encodings: [{ ssrc, dtx: true }],
      rtcp: { cname: "FOOBAR" },
    },
  };
}

/** VP8 with RTX as a browser sends it. */
export function videoOptions(ssrc = 22222222): ProducerOptions {
  return {
    kind: "video",
    rtpParameters: {
      mid: "VIDEO",
      codecs: [
        {
          mimeType: "video/VP8",
          payloadType: 112,
          clockRate: 90000,
          rtcpFeedback: [
            { type: "nack", parameter: "" },
            { type: "nack", parameter: "pli" },
            { type: "ccm", parameter: "fir" },
            { type: "goog-remb", parameter: "" },
          ],
        },
        {
          mimeType: "video/rtx",
          payloadType: 113,
          clockRate: 90000,
          parameters: { apt: 112 },
        },
      ],
      headerExtensions: [
        { uri: "urn:ietf:params:rtp-hdrext:sdes:mid", id: 10 },
        { uri: "urn:3gpp:video-orientation", id: 13 },
      ],
      encodings: [{ ssrc, rtx: { ssrc: ssrc + 1 } }],
      rtcp: { cname: "FOOBAR" },
    },
  };
}

/** An endpoint that takes Opus and VP8 with RTX. */
export const consumerCapabilities: RtpCapabilities = {
  codecs: [
    {
      kind: "audio",
      mimeType: "audio/opus",
      preferredPayloadType: 100,
      clockRate: 48000,
      channels: 2,
      rtcpFeedback: [{ type: "nack", parameter: "" }],
    },
    {
      kind: "video",
      mimeType: "video/VP8",
      preferredPayloadType: 101,
      clockRate: 90000,
      rtcpFeedback: [
        { type: "nack", parameter: "" },
        { type: "nack", parameter: "pli" },
        { type: "ccm", parameter: "fir" },
        { type: "transport-cc", parameter: "" },
      ],
    },
    {
      kind: "video",
      mimeType: "video/rtx",
      preferredPayloadType: 102,
      clockRate: 90000,
      parameters: { apt: 101 },
    },
  ],
  headerExtensions: [
    { kind: "audio", uri: "urn:ietf:params:rtp-hdrext:sdes:mid", preferredId: 1 },
    { kind: "video", uri: "urn:ietf:params:rtp-hdrext:sdes:mid", preferredId: 1 },
    { kind: "video", uri: "urn:3gpp:video-orientation", preferredId: 8 },
  ],
};

/** An endpoint that takes nothing that the producers send. */
export const uselessCapabilities: RtpCapabilities = {
  codecs: [{
    kind: "audio",
    mimeType: "audio/ISAC",
    preferredPayloadType: 100,
    clockRate: 32000,
  }],
};

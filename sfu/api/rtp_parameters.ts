/**
 * What endpoints can receive (capabilities) and what they send (parameters), in the terms of ORTC.
 * `supported_rtp_capabilities.ts` lists what we support.
 */

export type MediaKind = "audio" | "video";

/** What an endpoint, or a router, can receive. */
export type RtpCapabilities = {
  /** Media and RTX codecs. */
  codecs?: RtpCodecCapability[];
  headerExtensions?: RtpHeaderExtension[];
};

/** Capabilities whose codecs may lack a payload type. */
export type RouterRtpCapabilities = Omit<RtpCapabilities, "codecs"> & {
  codecs?: RouterRtpCodecCapability[];
};

/**
 * One codec in one configuration. A codec with several configurations (H264 profiles, VP9
 * profiles) has one entry, with its own payload type, for each.
 */
export type RtpCodecCapability = {
  kind: MediaKind;
  /** Kind and codec, such as `"audio/opus"`; case does not matter. */
  mimeType: string;
  /** The payload type that the endpoint would like to receive. */
  preferredPayloadType: number;
  /** Hertz. */
  clockRate: number;
  /** Audio only. Default 1. */
  channels?: number;
  /** Format parameters (SDP `fmtp`); some of them decide whether two codecs match. */
  parameters?: Record<string, unknown>;
  rtcpFeedback?: RtcpFeedback[];
};

/**
 * A codec in `RouterOptions.mediaCodecs`. Without a payload type, the router chooses one. A given one
 * should be from 96 to 127, and must not be from 64 to 95 (RFC 5761, 4).
 */
export type RouterRtpCodecCapability = Omit<RtpCodecCapability, "preferredPayloadType"> & {
  preferredPayloadType?: number;
};

/** Whether we send a header extension, receive it, or both. */
export type RtpHeaderExtensionDirection = "sendrecv" | "sendonly" | "recvonly" | "inactive";

/** A header extension that can be used (RFC 8285). */
export type RtpHeaderExtension = {
  kind: MediaKind;
  uri: RtpHeaderExtensionUri;
  /** The id that the endpoint would like to see in packets. Unique within the kind. */
  preferredId: number;
  /** Encrypted header extensions (RFC 6904) are not supported. Default false. */
  preferredEncrypt?: boolean;
  /**
   * From our side: `recvonly` is accepted from producers but not sent to consumers. It only matters in
   * a router's capabilities and is ignored in an endpoint's.
   */
  direction?: RtpHeaderExtensionDirection;
};

/**
 * What is sent: by an endpoint to us (a producer's parameters) or by us to an endpoint (a
 * consumer's).
 *
 * A producer may have one encoding, or several (simulcast), each with an `ssrc` or a `rid`. A consumer
 * has one encoding however many the producer has, except a pipe consumer, which forwards all of
 * them. A consumer's SSRCs are always our own.
 */
export type RtpParameters = {
  /** MID (RFC 9143). */
  mid?: string;
  /** Media and RTX codecs in use. */
  codecs: RtpCodecParameters[];
  headerExtensions?: RtpHeaderExtensionParameters[];
  encodings?: RtpEncodingParameters[];
  rtcp?: RtcpParameters;
  /** Media stream and track ids (RFC 8830). */
  msid?: string;
};

/** A codec in use. */
export type RtpCodecParameters = {
  /** Kind and codec, such as `"video/VP8"`; case does not matter. */
  mimeType: string;
  /** The payload type in packets. Unique. */
  payloadType: number;
  /** Hertz. */
  clockRate: number;
  /** Audio only. Default 1. */
  channels?: number;
  /** Format parameters (SDP `fmtp`). */
  parameters?: Record<string, unknown>;
  rtcpFeedback?: RtcpFeedback[];
};

/** An RTCP feedback message that is understood (RFC 4585), such as `nack` with `pli`. */
export type RtcpFeedback = {
  type: string;
  parameter?: string;
};

/** One RTP stream and the RTX stream that repairs it. */
export type RtpEncodingParameters = {
  ssrc?: number;
  /** RTP stream id (RFC 8852). Unique. */
  rid?: string;
  /** Payload type of this encoding's codec. Default the first media codec. */
  codecPayloadType?: number;
  rtx?: { ssrc: number };
  /**
   * Whether the sender may stop sending when there is nothing new: silence, or a still screen.
   * Such a stream is not considered dead when it pauses. Default false.
   */
  dtx?: boolean;
  /** Spatial and temporal layers within this stream, such as `"L3T3_KEY"`. */
  scalabilityMode?: string;
  /** Bits per second. */
  maxBitrate?: number;
};

/** The header extensions that we support. */
export type RtpHeaderExtensionUri =
  | "urn:ietf:params:rtp-hdrext:sdes:mid"
  | "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
  | "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
  | "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
  | "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
  | "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
  | "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension"
  | "urn:3gpp:video-orientation"
  | "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time"
  | "urn:ietf:params:rtp-hdrext:toffset"
  | "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay"
  | "urn:mediasoup:params:rtp-hdrext:packet-id";

/** A header extension in use. */
export type RtpHeaderExtensionParameters = {
  uri: RtpHeaderExtensionUri;
  /** The id in packets. Unique. */
  id: number;
  /** Encrypted header extensions (RFC 6904) are not supported. Default false. */
  encrypt?: boolean;
  parameters?: Record<string, unknown>;
};

/** RTCP of a producer or consumer. */
export type RtcpParameters = {
  /** Canonical name (RFC 3550, 6.5.1). A transport makes one up if its first producer has none. */
  cname?: string;
  /** Reduced-size RTCP (RFC 5506), which is always used. Default true. */
  reducedSize?: boolean;
};

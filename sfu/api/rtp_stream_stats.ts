/** Counters of one RTP stream (one SSRC and its RTX), from the beginning of the stream. */

/** Bits per second by layer; the key is `spatial.temporal`, for example `"1.2"`. */
export type BitrateByLayer = { [key: string]: number };

/** Counters that both directions have. */
export type BaseRtpStreamStats = {
  /** Time of the figures on the wall clock: milliseconds since the epoch. */
  timestamp: number;
  ssrc: number;
  rtxSsrc?: number;
  rid?: string;
  kind: string;
  mimeType: string;
  packetsLost: number;
  /** Share of packets lost since the last report, in 1/256. */
  fractionLost: number;
  /** Interarrival jitter in units of the RTP clock (RFC 3550, 6.4.1). */
  jitter: number;
  packetsDiscarded: number;
  packetsRetransmitted: number;
  packetsRepaired: number;
  nackCount: number;
  nackPacketCount: number;
  pliCount: number;
  firCount: number;
  /** Milliseconds. */
  roundTripTime?: number;
  rtxPacketsDiscarded?: number;
  /** 0 (dead) to 10 (flawless). */
  score: number;
};

/** A stream that we receive. */
export type RtpStreamRecvStats = BaseRtpStreamStats & {
  /** `"inbound-rtp"`. */
  type: string;
  packetCount: number;
  byteCount: number;
  /** Bits per second. */
  bitrate: number;
  bitrateByLayer: BitrateByLayer;
};

/** A stream that we send. */
export type RtpStreamSendStats = BaseRtpStreamStats & {
  /** `"outbound-rtp"`. */
  type: string;
  packetCount: number;
  byteCount: number;
  /** Bits per second. */
  bitrate: number;
};

/**
 * Decides whether two descriptions are of the same codec. Name, clock rate and channels must agree, and
 * so must the format parameters that decide whether a decoder of one can decode the other.
 */

import * as h264 from "h264-profile-level-id";
import { isInteger } from "./fields.ts";

/** The fields that decide; capabilities and parameters both have them. */
export interface MatchableCodec {
  mimeType: string;
  clockRate: number;
  channels?: number;
  parameters?: Record<string, unknown>;
}

export interface MatchOptions {
  /** Whether profiles must agree too. */
  strict?: boolean;
  /** Whether to write what was agreed on (the H264 or H265 level) into the first codec. */
  modify?: boolean;
}

type Parameters = Record<string, unknown>;

/** Whether two profiles agree; `negotiate()` writes the agreement into the first codec's parameters. */
type ProfileMatch = false | { negotiate?: () => void };

/** Codecs whose streams differ by more than name and clock rate, whatever `strict` says. */
const layoutMatchers: Record<string, (a: Parameters, b: Parameters) => boolean> = {
  "audio/multiopus": (a, b) =>
    a.num_streams === b.num_streams && a.coupled_streams === b.coupled_streams,
};

const profileMatchers: Record<string, (a: Parameters, b: Parameters) => ProfileMatch> = {
  "video/h264": matchH264,
  "video/h265": matchH265,
  "video/av1": matchAv1,
  // RFC 9628, 7: profile 0 unless given.
  "video/vp9": (a, b) => (a["profile-id"] || 0) === (b["profile-id"] || 0) && {},
};

/** Whether the codec carries retransmissions (RFC 4588) of another. */
export function isRtxCodec(codec: { mimeType: string }): boolean {
  return /.\/rtx$/i.test(codec.mimeType);
}

/** Codecs that only accompany one that carries the sound itself. */
const companions = ["audio/cn", "audio/red", "audio/telephone-event"];

/** Whether the codec carries sound or pictures itself, instead of repairing or accompanying another. */
export function isMediaCodec(codec: { mimeType: string }): boolean {
  return !isRtxCodec(codec) && !companions.includes(codec.mimeType.toLowerCase());
}

/** Whether the codec carries Opus redundantly (RFC 2198). */
export function isRedCodec(codec: { mimeType: string }): boolean {
  return codec.mimeType.toLowerCase() === "audio/red";
}

export function matchCodecs(
  a: MatchableCodec,
  b: MatchableCodec,
  { strict = false, modify = false }: MatchOptions = {},
): boolean {
  const mimeType = a.mimeType.toLowerCase();
  if (
    mimeType !== b.mimeType.toLowerCase() ||
    a.clockRate !== b.clockRate ||
    a.channels !== b.channels
  ) return false;

  const aParameters = a.parameters ?? {};
  const bParameters = b.parameters ?? {};
  if (layoutMatchers[mimeType]?.(aParameters, bParameters) === false) return false;
  if (!strict) return true;

  const match = profileMatchers[mimeType]?.(aParameters, bParameters) ?? {};
  if (match && modify) match.negotiate?.();
  return match !== false;
}

// RFC 6184, 8.1: packetization mode 0 unless given, and the profile is part of profile-level-id.
function matchH264(a: Parameters, b: Parameters): ProfileMatch {
  if ((a["packetization-mode"] || 0) !== (b["packetization-mode"] || 0)) return false;
  if (!h264.isSameProfile(a, b)) return false;
  const profileLevelId = h264.generateProfileLevelIdStringForAnswer(a, b);
  return {
    negotiate: () => {
      if (profileLevelId) a["profile-level-id"] = profileLevelId;
      else delete a["profile-level-id"];
    },
  };
}

// RFC 7798, 7.1, with the defaults given there. Profile, tier and transmission mode must be the
// same; of the levels the lower one counts (7.2.2).
function matchH265(a: Parameters, b: Parameters): ProfileMatch {
  const ours = parseH265(a);
  const theirs = parseH265(b);
  if (!ours || !theirs) return false;
  if (ours.profile !== theirs.profile) return false;
  const levelId = Math.min(ours.levelId, theirs.levelId);
  return {
    negotiate: () => {
      if (levelId !== ours.levelId) a["level-id"] = levelId;
    },
  };
}

// AV1 RTP, 7.1 and 7.2.2, with the defaults given there: profile and tier must be the same; of the
// levels the lower one counts.
function matchAv1(a: Parameters, b: Parameters): ProfileMatch {
  const [ours, theirs] = [a, b].map((parameters) => ({
    profile: numberOf(parameters, "profile", 0, 2),
    tier: numberOf(parameters, "tier", 0, 1),
    level: numberOf(parameters, "level-idx", 5, 31),
  }));
  const level = Math.min(ours.level, theirs.level);
  // NaN, which stands for a value outside its range, equals nothing.
  if (ours.profile !== theirs.profile || ours.tier !== theirs.tier || Number.isNaN(level)) {
    return false;
  }
  return {
    negotiate: () => {
      if (level !== ours.level) a["level-idx"] = level;
    },
  };
}

/** NaN if the value is outside its range. */
function numberOf(parameters: Parameters, key: string, byDefault: number, max: number): number {
  const value = parameters[key] ?? byDefault;
  const parsed = value === "" ? NaN : Number(value);
  return isInteger(parsed, 0, max) ? parsed : NaN;
}

/** Undefined if a parameter is outside its range. */
function parseH265(parameters: Parameters): { profile: string; levelId: number } | undefined {
  const profileSpace = numberOf(parameters, "profile-space", 0, 3);
  const profileId = numberOf(parameters, "profile-id", 1, 31);
  const tierFlag = numberOf(parameters, "tier-flag", 0, 1);
  const levelId = numberOf(parameters, "level-id", 93, 255);
  if ([profileSpace, profileId, tierFlag, levelId].some(Number.isNaN)) return undefined;
  const mode = String(parameters["tx-mode"] || "SRST").toUpperCase();
  return { profile: `${profileSpace}/${profileId}/${tierFlag}/${mode}`, levelId };
}

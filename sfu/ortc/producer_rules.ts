/** The rules by which the fields of a producer's parameters must agree with each other. */

import { shown } from "../base/check.ts";
import type {
  RtpCodecParameters,
  RtpEncodingParameters,
  RtpParameters,
} from "../api/rtp_parameters.ts";
import { parseScalabilityMode } from "../media/scalability_modes.ts";
import { supportedRtpCapabilities } from "../router/supported_rtp_capabilities.ts";
import { isMediaCodec, isRedCodec } from "./codec_matching.ts";

/** The engine's limit. No sender makes that many streams of one source. */
const encodingsMax = 8;

/** Codecs whose encodings can be told apart and switched between. */
const simulcastCodecs = ["video/vp8", "video/h264", "video/h265"];

/** Codecs whose layers within one stream the engine can read. */
const layeredCodecs = ["video/vp8", "video/vp9", "video/h264", "video/av1"];

const knownUris = new Set<string>(
  supportedRtpCapabilities.headerExtensions.map((extension) => extension.uri),
);

/** @throws TypeError Fields that contradict each other; the text names them. */
export function checkProducerRules(params: RtpParameters): void {
  checkCodecs(params.codecs);
  checkHeaderExtensions(params);
  const encodings = params.encodings ?? [];
  checkIdentities(encodings, params.mid);
  checkLayers(encodings, params.codecs);
}

function checkCodecs(codecs: RtpCodecParameters[]): void {
  if (codecs.length === 0) throw new TypeError("empty codecs");
  if (hasTwins(codecs.map((codec) => codec.payloadType))) {
    throw new TypeError("duplicated payloadType");
  }
  if (!codecs.some(isMediaCodec)) throw new TypeError("no media codecs found");
  if (
    codecs.some(isRedCodec) && codecs.find(isMediaCodec)?.mimeType.toLowerCase() !== "audio/opus"
  ) {
    throw new TypeError("audio/red needs audio/opus, which must be the first codec of sound");
  }
}

function checkHeaderExtensions(params: RtpParameters): void {
  const headerExtensions = params.headerExtensions ?? [];
  for (const { uri } of headerExtensions) {
    if (!knownUris.has(uri)) {
      throw new TypeError(`invalid RtpHeaderExtensionUri: ${shown(uri)}`);
    }
  }
  if (hasTwins(headerExtensions.map((ext) => ext.id))) throw new TypeError("duplicated ext.id");
}

/** A packet finds its encoding by SSRC, by RID or, if there is only one encoding, by MID. */
function checkIdentities(encodings: RtpEncodingParameters[], mid: string | undefined): void {
  if (encodings.length > encodingsMax) {
    throw new TypeError(`params.encodings has more than ${encodingsMax} entries`);
  }
  for (const encoding of encodings) {
    if (encoding.ssrc || encoding.rid) continue;
    if (encodings.length > 1) throw new TypeError("missing encoding.ssrc or encoding.rid");
    if (!mid) throw new TypeError("missing encoding.ssrc, encoding.rid or params.mid");
  }
  if (hasTwins(encodings.flatMap(({ ssrc, rtx }) => [ssrc, rtx?.ssrc]))) {
    throw new TypeError("duplicated encoding.ssrc");
  }
  if (hasTwins(encodings.map(({ rid }) => rid))) throw new TypeError("duplicated encoding.rid");
}

function checkLayers(encodings: RtpEncodingParameters[], codecs: RtpCodecParameters[]): void {
  for (const encoding of encodings) {
    const { mimeType } = codecOf(encoding, codecs);
    const { spatialLayers, temporalLayers } = parseScalabilityMode(encoding.scalabilityMode);
    if (encodings.length > 1) {
      if (spatialLayers > 1) {
        throw new TypeError(
          "cannot use both simulcast and encodings with multiple SVC spatial layers",
        );
      }
      if (!simulcastCodecs.includes(mimeType.toLowerCase())) {
        throw new TypeError(`${mimeType} codec not supported for simulcast`);
      }
    } else if (
      spatialLayers * temporalLayers > 1 && !layeredCodecs.includes(mimeType.toLowerCase())
    ) {
      throw new TypeError(`${mimeType} codec not supported for svc`);
    }
  }
}

function codecOf(
  { codecPayloadType }: RtpEncodingParameters,
  codecs: RtpCodecParameters[],
): RtpCodecParameters {
  const codec = codecPayloadType === undefined
    ? codecs.find(isMediaCodec)
    : codecs.find((codec) => codec.payloadType === codecPayloadType);
  if (!codec) throw new TypeError("unknown codecPayloadType");
  if (!isMediaCodec(codec)) throw new TypeError("invalid codecPayloadType");
  return codec;
}

/** Whether a value occurs twice; absent ones do not count. */
function hasTwins(values: unknown[]): boolean {
  const given = values.filter((value) => value !== undefined);
  return new Set(given).size < given.length;
}

/** Turns the options of `transport.produce()` into the engine's request. */
import { randomUUID } from "node:crypto";
import * as check from "../base/check.ts";
import {
  getConsumableRtpParameters,
  getProducerRtpParametersMapping,
  type RtpCodecsEncodingsMapping,
} from "../ortc/producer_parameters.ts";
import { validateAndNormalizeRtpParameters } from "../ortc/rtp_parameters.ts";
import type { ProducerOptions } from "../api/producer.ts";
import type { MediaKind, RtpCapabilities, RtpParameters } from "../api/rtp_parameters.ts";
import * as utils from "../base/utils.ts";

/** The length of a generated CNAME. Characters. */
const cnameLength = 8;

/** An hour; a longer one is a mistake. Milliseconds. */
const keyFrameRequestDelayMax = 3_600_000;

/** The request of TRANSPORT_PRODUCE. */
export interface ProduceRequest {
  kind: MediaKind;
  rtpParameters: RtpParameters;
  rtpMapping: RtpCodecsEncodingsMapping;
  keyFrameRequestDelay: number;
  paused: boolean;
  enableMediasoupPacketIdHeaderExtension: boolean;
}

/** A copy that can go to the engine: unknown fields may hold cycles or big integers. */
function copyParameters(given: RtpParameters): RtpParameters {
  const name = "rtpParameters";
  const copy = utils.clone(check.object(given, name), name);
  try {
    JSON.stringify(copy);
  } catch (cause) {
    throw new TypeError(`${name} holds something that is not data`, { cause });
  }
  return copy;
}

/**
 * Checks the options and maps them to the router's codecs.
 *
 * @param cname The CNAME of the transport's earlier producers: all of them share a clock, so that
 * receivers can synchronise them (RFC 3550, 6.5.1).
 * @throws TypeError A wrong option. UnsupportedError A codec that the router lacks.
 */
export function toProduceRequest(
  options: ProducerOptions,
  routerRtpCapabilities: RtpCapabilities,
  cname: string | undefined,
): { request: ProduceRequest; consumableRtpParameters: RtpParameters } {
  const { id, kind, paused = false } = options;
  const { enableMediasoupPacketIdHeaderExtension = false } = options;
  check.optionalText(id, "id");
  if (kind !== "audio" && kind !== "video") {
    throw new TypeError(`invalid kind "${check.shown(kind)}"`);
  }
  check.boolean(paused, "paused");
  const keyFrameRequestDelay = check.optionalCount(
    options.keyFrameRequestDelay,
    "keyFrameRequestDelay",
    0,
    keyFrameRequestDelayMax,
  ) ?? 0;
  check.boolean(enableMediasoupPacketIdHeaderExtension, "enableMediasoupPacketIdHeaderExtension");

  const rtpParameters = copyParameters(options.rtpParameters);
  validateAndNormalizeRtpParameters(rtpParameters);
  if (!rtpParameters.encodings?.length) rtpParameters.encodings = [{}];
  rtpParameters.rtcp = {
    ...rtpParameters.rtcp,
    cname: cname ?? rtpParameters.rtcp?.cname ?? randomUUID().slice(0, cnameLength),
  };
  const rtpMapping = getProducerRtpParametersMapping(rtpParameters, routerRtpCapabilities);
  const consumableRtpParameters = getConsumableRtpParameters(
    kind,
    rtpParameters,
    routerRtpCapabilities,
    rtpMapping,
  );
  return {
    request: {
      kind,
      rtpParameters,
      rtpMapping,
      keyFrameRequestDelay,
      paused,
      enableMediasoupPacketIdHeaderExtension,
    },
    consumableRtpParameters,
  };
}

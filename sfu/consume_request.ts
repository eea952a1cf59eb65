/** From the options of `transport.consume()` to what the engine is asked for. */
import { Buffer } from "node:buffer";
import { checkCapabilities, consumerParameters } from "./capabilities_cache.ts";
import * as check from "./check.ts";
import { checkLayers } from "./consumer.ts";
import type {
  ConsumerLayers,
  ConsumerOptions,
  ConsumerScore,
  ConsumerType,
} from "./consumer_types.ts";
import type { ProducerImpl } from "./producer.ts";
import type { MediaKind, RtpEncodingParameters, RtpParameters } from "./rtp_parameters_types.ts";

/** A MID travels in a header extension of every packet at first; the engine takes no longer one. */
const midMax = 32;

/** The request of TRANSPORT_CONSUME. */
export interface ConsumeRequest {
  producerId: number;
  kind: MediaKind;
  rtpParameters: RtpParameters;
  type: ConsumerType;
  consumableRtpEncodings: RtpEncodingParameters[];
  paused: boolean;
  preferredLayers?: ConsumerLayers;
  ignoreDtx: boolean;
}

/** The answer to it. */
export interface ConsumeAnswer {
  id: number;
  paused: boolean;
  producerPaused: boolean;
  score?: ConsumerScore;
  preferredLayers?: ConsumerLayers;
}

/**
 * Checks the options and works out what the consumer sends.
 *
 * @param find Gives the producer; throws NotFoundError.
 * @param nextMid The MID when the options have none.
 * @throws TypeError A wrong option. UnsupportedError No codec fits.
 */
export function toConsumeRequest(
  options: ConsumerOptions,
  find: () => ProducerImpl,
  nextMid: string,
): { request: ConsumeRequest; producer: ProducerImpl } {
  const { mid, paused = false, ignoreDtx = false, pipe = false, enableRtx } = options;
  if (mid !== undefined && (typeof mid !== "string" || mid === "")) {
    throw new TypeError("if given, mid must be non empty string");
  }
  if (mid !== undefined && (Buffer.byteLength(mid) > midMax || !mid.isWellFormed())) {
    throw new TypeError(`mid must be well-formed Unicode of at most ${midMax} bytes`);
  }
  check.boolean(paused, "paused");
  check.boolean(ignoreDtx, "ignoreDtx");
  check.boolean(pipe, "pipe");
  check.optionalBoolean(enableRtx, "enableRtx");
  const preferredLayers = options.preferredLayers === undefined
    ? undefined
    : checkLayers(options.preferredLayers, "preferredLayers");
  const checked = checkCapabilities(options.rtpCapabilities);
  const producer = find();
  const { kind } = producer;
  const rtpParameters = consumerParameters(producer, checked, pipe, enableRtx ?? kind === "video");
  // Several producers share the transport of a pipe, each with a MID of its own sender.
  if (!pipe) rtpParameters.mid = mid ?? nextMid;
  return {
    producer,
    request: {
      producerId: producer.engineId,
      kind,
      rtpParameters,
      type: pipe ? "pipe" : producer.type,
      consumableRtpEncodings: producer.sharedConsumableRtpParameters.encodings ?? [],
      paused,
      preferredLayers,
      ignoreDtx,
    },
  };
}

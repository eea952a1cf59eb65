/** Turns the options of `transport.consume()` into the engine's request. */
import { Buffer } from "node:buffer";
import { checkCapabilities, consumerParameters } from "../router/capabilities_cache.ts";
import * as check from "../base/check.ts";
import type { ConsumerData } from "../media/consumer.ts";
import { checkLayers } from "../media/consumer_layers.ts";
import type {
  ConsumerLayers,
  ConsumerOptions,
  ConsumerScore,
  ConsumerType,
} from "../api/consumer.ts";
import { TakenError } from "../base/engine_client.ts";
import { NotFoundError } from "../base/errors.ts";
import { Logger } from "../base/logger.ts";
import { getPipeConsumerRtpParameters } from "../ortc/consumer_parameters.ts";
import type { PipeConsumerOptions } from "../api/pipe_transport.ts";
import type { ProducerImpl } from "../media/producer.ts";
import type { MediaKind, RtpEncodingParameters, RtpParameters } from "../api/rtp_parameters.ts";

const logger = new Logger("Transport");

/** The longest MID that the engine takes: the first packets all carry it. Bytes. */
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

/** The answer to TRANSPORT_CONSUME. */
export interface ConsumeAnswer {
  id: number;
  paused: boolean;
  producerPaused: boolean;
  score?: ConsumerScore;
  preferredLayers?: ConsumerLayers;
}

/** A router, as a place to find producers. */
export interface Producers {
  findProducer(id: string): ProducerImpl | undefined;
  /** The producer on this router's own worker: a pool's router pipes it there. */
  reachProducer(id: string): ProducerImpl | undefined;
}

/** A request and its producer. */
export interface MadeConsumeRequest {
  request: ConsumeRequest;
  producer: ProducerImpl;
}

/** The consumer's data, once the engine has answered. */
export function toConsumerData(
  { request, producer }: MadeConsumeRequest,
  answer: ConsumeAnswer,
): ConsumerData {
  const { kind, type, rtpParameters } = request;
  const { paused, producerPaused, preferredLayers } = answer;
  const score = answer.score ?? { score: 10, producerScore: 10, producerScores: [] };
  const producerId = producer.id;
  return { producerId, kind, type, rtpParameters, paused, producerPaused, score, preferredLayers };
}

/**
 * Checks the options and works out what the consumer sends.
 *
 * @param nextMid The MID when the options have none.
 * @throws TypeError A wrong option. NotFoundError No such producer. UnsupportedError No codec matches.
 */
export function toConsumeRequest(
  options: ConsumerOptions,
  producers: Producers,
  nextMid: string,
): MadeConsumeRequest {
  const producerId = checkProducerId(options);
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
  const producer = find(producers, producerId);
  const { kind } = producer;
  const type = pipe ? "pipe" : producer.type;
  if (preferredLayers && type === "svc") {
    logger.warn("consume() | ignoring preferredLayers: choosing layers is not supported yet");
  }
  const rtpParameters = consumerParameters(producer, checked, pipe, enableRtx ?? kind === "video");
  // A pipe carries several producers, each with the MID of its own sender.
  if (!pipe) rtpParameters.mid = mid ?? nextMid;
  return {
    producer,
    request: {
      producerId: producer.engineId,
      kind,
      rtpParameters,
      type,
      consumableRtpEncodings: producer.sharedConsumableRtpParameters.encodings ?? [],
      paused,
      preferredLayers: type === "svc" ? undefined : preferredLayers,
      ignoreDtx,
    },
  };
}

/** A taken SSRC this many times in a row is no coincidence. */
const drawsMax = 8;

/**
 * Calls `ask` again while an SSRC that it has drawn is taken. A transport must not use an SSRC twice with
 * the same SRTP keys, so the engine also remembers the SSRCs of closed consumers.
 */
export function drawUntilFree<T>(ask: () => T): T {
  for (let draw = 1;; ++draw) {
    try {
      return ask();
    } catch (error) {
      if (!(error instanceof TakenError) || draw === drawsMax) throw error;
    }
  }
}

/**
 * The same for a pipe transport, whose consumers send every stream, whatever the other end supports.
 *
 * @throws TypeError A wrong option. NotFoundError No such producer.
 */
export function toPipeConsumeRequest(
  options: PipeConsumerOptions,
  producers: Producers,
  enableRtx: boolean,
): MadeConsumeRequest {
  const producer = find(producers, checkProducerId(options));
  const consumableRtpParameters = producer.sharedConsumableRtpParameters;
  return {
    producer,
    request: {
      producerId: producer.engineId,
      kind: producer.kind,
      rtpParameters: getPipeConsumerRtpParameters({ consumableRtpParameters, enableRtx }),
      type: "pipe",
      consumableRtpEncodings: consumableRtpParameters.encodings ?? [],
      paused: false,
      ignoreDtx: false,
    },
  };
}

function checkProducerId({ producerId }: PipeConsumerOptions): string {
  if (typeof producerId !== "string" || producerId === "") {
    throw new TypeError("missing producerId");
  }
  return producerId;
}

function find(producers: Producers, producerId: string): ProducerImpl {
  const producer = producers.reachProducer(producerId);
  if (!producer) throw new NotFoundError(`Producer with id "${producerId}" not found`);
  return producer;
}

/**
 * A room's endpoints have the same few sets of RTP capabilities, and each set is matched against
 * the same producers again and again. What a match gives is therefore kept, by the content of the
 * capabilities: a caller may change or reuse its objects as it likes.
 */
import * as rules from "../ortc/consumer_parameters.ts";
import { validateAndNormalizeRtpCapabilities } from "../ortc/rtp_capabilities.ts";
import type { ProducerImpl } from "../media/producer.ts";
import type {
  RtpCapabilities,
  RtpEncodingParameters,
  RtpParameters,
} from "../api/rtp_parameters.ts";
import * as utils from "../base/utils.ts";

/** Sets of capabilities that are kept; one is a few kilobytes. The oldest makes room. */
const setsMax = 128;

/** Larger sets are not kept: no endpoint needs them. Characters of JSON; a browser's has 8,000. */
const keyMax = 65_536;

/** Results that are kept for one producer. The oldest makes room. */
const resultsMax = 32;

/** Capabilities that were checked. Shared: not to be changed. */
export interface CheckedCapabilities {
  rtpCapabilities: RtpCapabilities;
}

const sets = new Map<string, CheckedCapabilities>();

/** Whether the capabilities fit, and the consumer's parameters for each choice of options. */
interface Results {
  canConsume?: boolean;
  parameters: Map<string, RtpParameters>;
}

const results = new WeakMap<ProducerImpl, Map<CheckedCapabilities, Results>>();

/**
 * Checks and completes capabilities of an endpoint. They are read as JSON, which is how they came
 * from the endpoint: what JSON leaves out is not there.
 *
 * @throws TypeError Malformed capabilities; the text names the field.
 */
export function checkCapabilities(given: RtpCapabilities): CheckedCapabilities {
  if (given === null || typeof given !== "object") {
    throw new TypeError("rtpCapabilities must be an object");
  }
  const key = toJson(given);
  const known = sets.get(key);
  if (known) return known;
  const rtpCapabilities = JSON.parse(key) as RtpCapabilities;
  validateAndNormalizeRtpCapabilities(rtpCapabilities);
  const checked = { rtpCapabilities };
  return key.length > keyMax ? checked : remember(sets, key, checked, setsMax);
}

function toJson(rtpCapabilities: RtpCapabilities): string {
  let text: string | undefined;
  let cause: unknown;
  try {
    text = JSON.stringify(rtpCapabilities);
  } catch (error) {
    cause = error;
  }
  if (text === undefined) throw new TypeError("rtpCapabilities cannot be read", { cause });
  return text;
}

/** Whether an endpoint with these capabilities can receive the producer. */
export function canConsume(producer: ProducerImpl, checked: CheckedCapabilities): boolean {
  return resultsFor(producer, checked).canConsume ??= rules.canConsume(
    producer.sharedConsumableRtpParameters,
    checked.rtpCapabilities,
  );
}

/**
 * Parameters of a consumer, with SSRCs of their own.
 *
 * @returns An object of the caller; its codecs and header extensions are shared, not to be changed.
 * @throws UnsupportedError No codec fits.
 */
export function consumerParameters(
  producer: ProducerImpl,
  checked: CheckedCapabilities,
  pipe: boolean,
  enableRtx: boolean,
): RtpParameters {
  const { parameters } = resultsFor(producer, checked);
  const key = `${pipe}${enableRtx}`;
  const template = parameters.get(key);
  if (template) return { ...template, encodings: renewSsrcs(template.encodings ?? []) };
  const made = rules.getConsumerRtpParameters({
    consumableRtpParameters: producer.sharedConsumableRtpParameters,
    remoteRtpCapabilities: checked.rtpCapabilities,
    pipe,
    enableRtx,
  });
  parameters.set(key, made);
  return { ...made };
}

/** A run of SSRCs from a random start: first the media streams, then their RTX streams. */
function renewSsrcs(encodings: RtpEncodingParameters[]): RtpEncodingParameters[] {
  const first = utils.generateRandomNumber();
  return encodings.map((encoding, index) => {
    const renewed = { ...encoding, ssrc: first + index };
    if (encoding.rtx) renewed.rtx = { ssrc: first + encodings.length + index };
    return renewed;
  });
}

function resultsFor(producer: ProducerImpl, checked: CheckedCapabilities): Results {
  let ofProducer = results.get(producer);
  if (!ofProducer) results.set(producer, ofProducer = new Map());
  return ofProducer.get(checked) ??
    remember(ofProducer, checked, { parameters: new Map() }, resultsMax);
}

/** Maps list their keys in the order of insertion, so the first one is the oldest. */
function remember<K, V>(map: Map<K, V>, key: K, value: V, max: number): V {
  if (map.size >= max) {
    for (const oldest of map.keys()) {
      map.delete(oldest);
      break;
    }
  }
  map.set(key, value);
  return value;
}

/**
 * The endpoints of a room have the same few sets of RTP capabilities, and send the same few sets of
 * codecs. The result of matching one with the other is kept, by the content of both: a caller may
 * change or reuse its objects, and a new producer costs no match if another one sends the same.
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

/** How many sets of capabilities are kept; one has a few kilobytes. The oldest makes room. */
const setsMax = 128;

/** Larger sets are not kept: no endpoint needs them. Characters of JSON; a browser's has 8,000. */
const keyMax = 65_536;

/** How many sets of codecs that producers send are kept. The oldest makes room. */
const offersMax = 256;

/** How many results are kept for one of them. The oldest makes room. */
const resultsMax = 32;

/** Checked capabilities. They are shared: do not change them. */
export interface CheckedCapabilities {
  rtpCapabilities: RtpCapabilities;
}

const sets = new Map<string, CheckedCapabilities>();

/** The parameters of a consumer without the CNAME and MSID, which differ between producers. */
type Template = Required<Pick<RtpParameters, "codecs" | "headerExtensions" | "encodings">>;

/** Whether the capabilities fit, and the template for each choice of options. */
interface Results {
  canConsume?: boolean;
  templates: Map<string, Template>;
}

type Offer = Map<CheckedCapabilities, Results>;

/** Keyed by what producers send, as JSON without SSRCs. */
const offers = new Map<string, Offer>();

/** Keyed by producer, so that each is written as JSON only once. */
const offerOf = new WeakMap<ProducerImpl, Offer>();

/**
 * Checks an endpoint's capabilities and fills in defaults. They are read as JSON, the form in which
 * they came from the endpoint: values that JSON cannot carry are ignored.
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
 * The parameters of a new consumer, with new SSRCs.
 *
 * @returns A new object. Its codecs and header extensions are shared: do not change them.
 * @throws UnsupportedError The endpoint supports none of the codecs.
 */
export function consumerParameters(
  producer: ProducerImpl,
  checked: CheckedCapabilities,
  pipe: boolean,
  enableRtx: boolean,
): RtpParameters {
  const { templates } = resultsFor(producer, checked);
  const consumableRtpParameters = producer.sharedConsumableRtpParameters;
  const key = `${pipe}${enableRtx}`;
  let template = templates.get(key);
  if (!template) {
    const { codecs, headerExtensions = [], encodings = [] } = rules.getConsumerRtpParameters({
      consumableRtpParameters,
      remoteRtpCapabilities: checked.rtpCapabilities,
      pipe,
      enableRtx,
    });
    templates.set(key, template = { codecs, headerExtensions, encodings });
  }
  const { rtcp, msid } = consumableRtpParameters;
  return {
    ...template,
    encodings: renewSsrcs(template.encodings),
    rtcp: { ...rtcp },
    ...(msid !== undefined && { msid }),
  };
}

/** Consecutive SSRCs from a random start: first the media streams, then their RTX streams. */
function renewSsrcs(encodings: RtpEncodingParameters[]): RtpEncodingParameters[] {
  const first = utils.generateRandomNumber();
  return encodings.map((encoding, index) => {
    const renewed = { ...encoding, ssrc: first + index };
    if (encoding.rtx) renewed.rtx = { ssrc: first + encodings.length + index };
    return renewed;
  });
}

function resultsFor(producer: ProducerImpl, checked: CheckedCapabilities): Results {
  let offer = offerOf.get(producer);
  if (!offer) offerOf.set(producer, offer = findOffer(producer.sharedConsumableRtpParameters));
  return offer.get(checked) ?? remember(offer, checked, { templates: new Map() }, resultsMax);
}

function findOffer({ codecs, headerExtensions, encodings = [] }: RtpParameters): Offer {
  const streams = encodings.map(({ ssrc: _ssrc, rtx: _rtx, ...rest }) => rest);
  const key = JSON.stringify([codecs, headerExtensions, streams]);
  return offers.get(key) ?? remember(offers, key, new Map(), offersMax);
}

/** A Map iterates in insertion order, so its first key is the oldest. */
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

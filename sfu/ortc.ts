/**
 * The rules of who can receive what: from capabilities of endpoints and parameters of producers to
 * parameters of consumers. Everything here is a function of its arguments, except that SSRCs are
 * random.
 */

export {
  canConsume,
  getConsumableRtpParameters,
  getConsumerRtpParameters,
  getPipeConsumerRtpParameters,
  getProducerRtpParametersMapping,
} from "./ortc/checked.ts";
export type { RtpCodecsEncodingsMapping } from "./ortc/producer_parameters.ts";
export { generateRouterRtpCapabilities } from "./ortc/router_capabilities.ts";
export { validateAndNormalizeRtpCapabilities } from "./ortc/rtp_capabilities.ts";
export { validateAndNormalizeRtpParameters } from "./ortc/rtp_parameters.ts";
export { validateAndNormalizeSctpStreamParameters } from "./ortc/sctp_stream_parameters.ts";

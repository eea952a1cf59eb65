/**
 * The rules that decide who can receive what: they turn the capabilities of endpoints and the
 * parameters of producers into the parameters of consumers. All of them are pure functions, except
 * that SSRCs are random.
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

/** Checks the options of `worker.createRouter()`. */
import * as check from "../base/check.ts";
import * as ortc from "../ortc.ts";
import type { RouterRtpCodecCapability, RtpCapabilities } from "../api/rtp_parameters.ts";

/**
 * The capabilities of a router with these codecs.
 *
 * @throws TypeError A malformed codec. UnsupportedError One that is not supported.
 */
export function toRouterRtpCapabilities(
  mediaCodecs: RouterRtpCodecCapability[] | undefined,
): RtpCapabilities {
  if (mediaCodecs !== undefined) check.array(mediaCodecs, "mediaCodecs");
  return ortc.generateRouterRtpCapabilities(mediaCodecs);
}

/** What `router.canConsume()` answers, whether the router is one worker's or a pool's. */
import { canConsume, checkCapabilities } from "./capabilities_cache.ts";
import * as check from "../base/check.ts";
import type { Logger } from "../base/logger.ts";
import type { ProducerImpl } from "../media/producer.ts";
import type { RtpCapabilities } from "../api/rtp_parameters.ts";

/**
 * What is wrong with the capabilities is logged, and answered with false.
 *
 * @throws TypeError `options` is no object.
 */
export function answerCanConsume(
  options: { producerId: string; rtpCapabilities: RtpCapabilities },
  producers: { findProducer(id: string): ProducerImpl | undefined },
  logger: Logger,
): boolean {
  const { producerId, rtpCapabilities } = check.object(options, "options");
  const producer = producers.findProducer(producerId);
  if (!producer) {
    logger.error(`canConsume() | Producer with id "${check.shown(producerId)}" not found`);
    return false;
  }
  try {
    return canConsume(producer, checkCapabilities(rtpCapabilities));
  } catch (error) {
    logger.error(`canConsume() | unexpected error: ${error}`);
    return false;
  }
}

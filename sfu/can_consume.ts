/** What `router.canConsume()` answers, whether the router is one worker's or a pool's. */
import { canConsume, checkCapabilities } from "./capabilities_cache.ts";
import * as check from "./check.ts";
import type { Logger } from "./logger.ts";
import type { ProducerImpl } from "./producer.ts";
import type { RtpCapabilities } from "./rtp_parameters_types.ts";

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

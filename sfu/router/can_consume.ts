/** `router.canConsume()`, for routers of a worker and of a pool. */
import { canConsume, checkCapabilities } from "./capabilities_cache.ts";
import * as check from "../base/check.ts";
import type { Logger } from "../base/logger.ts";
import type { ProducerImpl } from "../media/producer.ts";
import type { RtpCapabilities } from "../api/rtp_parameters.ts";

/**
 * Wrong capabilities are logged and answered with false, and so is a producer that cannot be consumed.
 *
 * @throws TypeError `options` is not an object.
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
  if (producer.type === "simulcast") {
    logger.error(
      "canConsume() | simulcast can only be piped: choosing a layer is not supported yet",
    );
    return false;
  }
  try {
    return canConsume(producer, checkCapabilities(rtpCapabilities));
  } catch (error) {
    logger.error(`canConsume() | unexpected error: ${error}`);
    return false;
  }
}

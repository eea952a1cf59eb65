/** Checks the layers that an application asks for. */
import * as check from "../base/check.ts";
import type { ConsumerLayers } from "../api/consumer.ts";

/** A layer is one byte. */
const byteMax = 255;

/**
 * Checks layers that an application asks for.
 *
 * @throws TypeError Not whole numbers from 0 to 255.
 */
export function checkLayers(layers: ConsumerLayers, name: string): ConsumerLayers {
  const { spatialLayer, temporalLayer } = check.fields(layers, name);
  if (typeof spatialLayer !== "number") {
    throw new TypeError(`spatialLayer must be a number (${name})`);
  }
  check.integer(spatialLayer, "spatialLayer", 0, byteMax);
  if (temporalLayer === undefined) return { spatialLayer };
  if (typeof temporalLayer !== "number") {
    throw new TypeError("if given, temporalLayer must be a number");
  }
  check.integer(temporalLayer, "temporalLayer", 0, byteMax);
  return { spatialLayer, temporalLayer };
}

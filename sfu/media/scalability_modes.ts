/** Reads scalability modes (W3C webrtc-svc). */

import type { ScalabilityMode } from "../api/scalability_modes.ts";

// The rest of a mode (`_KEY_SHIFT`, or `h` for another ratio) makes no difference to a forwarder.
const modeFormat = /^[LS]([1-9]\d?)T([1-9]\d?)(_KEY)?/;

/**
 * How many layers a mode such as `"L3T2_KEY"` has. One of each if it is missing or not a mode.
 *
 * @throws TypeError Not a string.
 */
export function parseScalabilityMode(scalabilityMode?: string): ScalabilityMode {
  if (typeof (scalabilityMode ?? "") !== "string") {
    throw new TypeError("scalabilityMode must be a string");
  }
  const match = modeFormat.exec(scalabilityMode ?? "");
  return {
    spatialLayers: Number(match?.[1] ?? 1),
    temporalLayers: Number(match?.[2] ?? 1),
    ksvc: match?.[3] !== undefined,
  };
}

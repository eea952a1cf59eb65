import assert from "node:assert/strict";
import { test } from "node:test";
import { parseScalabilityMode } from "../../sfu/media/scalability_modes.ts";

const modes: [mode: string | undefined, spatial: number, temporal: number, ksvc: boolean][] = [
  ["L1T3", 1, 3, false],
  ["L3T2_KEY", 3, 2, true],
  ["S2T3", 2, 3, false],
  ["L20T3", 20, 3, false],
  ["L3T3_KEY_SHIFT", 3, 3, true],
  ["L2T1h", 2, 1, false],
  ["L1T3whatever", 1, 3, false],
  ["S200T3", 1, 1, false],
  ["L0T3", 1, 1, false],
  ["L3", 1, 1, false],
  ["l1t3", 1, 1, false],
  ["XL3T3", 1, 1, false],
  ["", 1, 1, false],
  [undefined, 1, 1, false],
];

test("a scalability mode tells the numbers of layers", () => {
  for (const [mode, spatialLayers, temporalLayers, ksvc] of modes) {
    assert.deepEqual(
      parseScalabilityMode(mode),
      { spatialLayers, temporalLayers, ksvc },
      `${mode}`,
    );
  }
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { randomNumbers } from "../support/relay.ts";

test("the relay's random numbers follow from the seed alone", () => {
  const take = (seed: number): number[] => Array.from({ length: 1000 }, randomNumbers(seed));
  assert.deepEqual(take(7), take(7));
  assert.notDeepEqual(take(7), take(8));
  const mean = take(7).reduce((sum, number) => sum + number, 0) / 1000;
  assert.ok(Math.abs(mean - 0.5) < 0.05, `${mean}`);
  assert.ok(take(7).every((number) => number >= 0 && number < 1));
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { subjectsOf } from "./odd_arguments.ts";
import { cover } from "./odd_cover.ts";
import { withScene } from "./support.ts";

test(
  "the sweep of odd arguments reaches every parameter of every method and function",
  withScene(async (scene) => {
    const { all, missed } = await cover(await subjectsOf(scene));
    assert(all.length > 80 && all.includes("RouterImpl.createWebRtcTransport(options)"), `${all}`);
    assert.deepEqual(missed, []);
  }),
);

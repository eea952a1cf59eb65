/** Objects of another copy of this module. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { mark } from "../../sfu/base/copies.ts";
import { audioOptions, withScene, wrong } from "./support.ts";

/** Has what all copies know each other by, and nothing of this one. */
const foreign = wrong({ [mark]: true, id: "x", closed: false });
const anotherCopy = {
  name: "TypeError",
  message: /^(router|webRtcServer) belongs to another copy/,
};

test(
  "an object of another copy of the module is refused by saying so",
  withScene(async ({ router, transport }) => {
    assert.equal(wrong(router)[mark], true);
    assert.equal(wrong(transport)[mark], true);
    const { id: producerId } = await transport.produce(audioOptions());
    await assert.rejects(router.pipeToRouter({ producerId, router: foreign }), anotherCopy);
    await assert.rejects(router.createWebRtcTransport({ webRtcServer: foreign }), anotherCopy);
    await assert.rejects(router.pipeToRouter({ producerId, router: wrong({}) }), {
      name: "TypeError",
      message: "Router not found (router)",
    });
    await assert.rejects(router.createWebRtcTransport({ webRtcServer: wrong({}) }), {
      name: "TypeError",
      message: "webRtcServer must be a WebRtcServer",
    });
  }),
);

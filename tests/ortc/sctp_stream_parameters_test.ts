import assert from "node:assert/strict";
import { test } from "node:test";
import { validateAndNormalizeSctpStreamParameters } from "../../sfu/ortc.ts";
import type { SctpStreamParameters } from "../../sfu/types.ts";
import { refuses, wrong } from "./fixtures.ts";

const refused: [given: unknown, message: string][] = [
  [undefined, "params is not an object"],
  [null, "params is not an object"],
  [7, "params is not an object"],
  [[], "params is not an object"],
  [{}, "missing params.streamId"],
  [{ streamId: "1" }, "missing params.streamId"],
  [{ streamId: -1 }, "invalid params.streamId"],
  [{ streamId: 65535 }, "invalid params.streamId"],
  [{ streamId: 1.5 }, "invalid params.streamId"],
  [{ streamId: NaN }, "invalid params.streamId"],
  [{ streamId: 1, ordered: 1 }, "invalid params.ordered"],
  [{ streamId: 1, maxPacketLifeTime: "5" }, "invalid params.maxPacketLifeTime"],
  [{ streamId: 1, maxPacketLifeTime: 65536 }, "invalid params.maxPacketLifeTime"],
  [{ streamId: 1, maxRetransmits: -1 }, "invalid params.maxRetransmits"],
  [{ streamId: 1, maxRetransmits: 1.5 }, "invalid params.maxRetransmits"],
  [
    { streamId: 1, maxPacketLifeTime: 1, maxRetransmits: 1 },
    "cannot provide both maxPacketLifeTime and maxRetransmits",
  ],
  [
    { streamId: 1, ordered: true, maxRetransmits: 1 },
    "cannot be ordered with maxPacketLifeTime or maxRetransmits",
  ],
  [
    { streamId: 1, ordered: true, maxPacketLifeTime: 1 },
    "cannot be ordered with maxPacketLifeTime or maxRetransmits",
  ],
];

test("wrong SCTP stream parameters are refused", () => {
  for (const [given, message] of refused) {
    refuses(() => validateAndNormalizeSctpStreamParameters(wrong(given)), message);
  }
});

const accepted: [given: SctpStreamParameters, ordered: boolean][] = [
  [{ streamId: 0 }, true],
  [{ streamId: 65534, ordered: true }, true],
  [{ streamId: 1, ordered: false }, false],
  [{ streamId: 1, maxRetransmits: 3 }, false],
  [{ streamId: 1, maxPacketLifeTime: 3 }, false],
  [{ streamId: 1, ordered: false, maxPacketLifeTime: 3 }, false],
  // A limit of 0 does not decide about order.
  [{ streamId: 1, maxRetransmits: 0 }, true],
  [{ streamId: 1, ordered: false, maxRetransmits: 0 }, false],
];

test("a stream is ordered unless it says otherwise or has a limit", () => {
  for (const [given, ordered] of accepted) {
    const params = { ...given };
    validateAndNormalizeSctpStreamParameters(params);
    assert.deepEqual(params, { ...given, ordered });
  }
});

test("limits that are null count as absent", () => {
  const params = wrong<SctpStreamParameters>({
    streamId: 1,
    ordered: null,
    maxPacketLifeTime: null,
    maxRetransmits: null,
  });
  validateAndNormalizeSctpStreamParameters(params);
  assert.deepEqual(params, { streamId: 1, ordered: true });
});

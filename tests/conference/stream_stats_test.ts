import assert from "node:assert/strict";
import { test } from "node:test";
import {
  describe,
  type Figure,
  readCounters,
} from "../../examples/conference/client/stream_stats.ts";

const report = [
  { type: "codec", id: "C", mimeType: "video/VP8" },
  { type: "candidate-pair", id: "P", nominated: true, currentRoundTripTime: 0.0121 },
  {
    type: "inbound-rtp",
    id: "I",
    codecId: "C",
    bytesReceived: 100_000,
    packetsReceived: 100,
    packetsLost: 2,
    framesDecoded: 30,
    frameWidth: 1280,
    frameHeight: 720,
  },
];

const textOf = (figures: Figure[]): string => figures.map(({ text }) => text).join(" · ");

test("a received stream is described by what happened since the last look", () => {
  const before = readCounters(report, 1000);
  const later = structuredClone(report);
  Object.assign(later[2], {
    bytesReceived: 350_000,
    packetsReceived: 397,
    packetsLost: 5,
    framesDecoded: 90,
  });
  const now = readCounters(later, 3000);
  assert.equal(
    textOf(describe(before, now)),
    "1280×720 · 30 fps · VP8 · 1.0 Mbit/s · 1.0 % lost · 12 ms",
  );
});

test("a sent stream takes loss and round trip from the other end's reports", () => {
  const counters = readCounters([
    { type: "outbound-rtp", id: "O", bytesSent: 10, packetsSent: 4, framesSent: 2 },
    { type: "remote-inbound-rtp", id: "R", packetsLost: 3, roundTripTime: 0.05 },
    { type: "candidate-pair", id: "P", nominated: true, currentRoundTripTime: 0.9 },
  ], 0);
  assert.deepEqual(
    [counters.bytes, counters.packets, counters.packetsLost, counters.frames, counters.roundTripMs],
    [10, 4, 3, 2, 50],
  );
});

test("a report without a stream is nothing, not an error", () => {
  const nothing = readCounters([], 0);
  assert.equal(textOf(describe(nothing, readCounters([], 1000))), "0 kbit/s · 0.0 % lost");
});

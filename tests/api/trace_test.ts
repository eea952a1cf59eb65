/** Trace events of every kind, with what they tell. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import type {
  Consumer,
  ConsumerTraceEventData,
  Producer,
  ProducerOptions,
  ProducerTraceEventData,
  RtcpFeedback,
} from "../../sfu/types.ts";
import { withMedia } from "./media_scene.ts";
import { writeRtp } from "./rtp.ts";
import { next } from "./support.ts";

type Trace = ProducerTraceEventData | ConsumerTraceEventData;

const ssrc = 22222222;
const midId = 3;
const wideId = 5;

function options(rtcpFeedback: RtcpFeedback[]): ProducerOptions {
  return {
    kind: "video",
    rtpParameters: {
      mid: "cam",
      codecs: [{ mimeType: "video/VP8", payloadType: 112, clockRate: 90000, rtcpFeedback }],
      headerExtensions: [
        { uri: "urn:ietf:params:rtp-hdrext:sdes:mid", id: midId },
        {
          uri: "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
          id: wideId,
        },
      ],
      encodings: [{ ssrc }],
    },
  };
}

/** The first packet of a VP8 frame, with its MID and its number within the transport. */
function packet(sequenceNumber: number, isKeyFrame: boolean): Buffer {
  const frame = [0x10, isKeyFrame ? 0x10 : 0x11, 0x02, 0x00, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xf0, 0];
  return writeRtp({
    payloadType: 112,
    sequenceNumber,
    timestamp: 3000 * sequenceNumber,
    ssrc,
    payload: Buffer.from(frame),
    extensions: new Map([
      [midId, Buffer.from("cam")],
      [wideId, Buffer.from([0x12, sequenceNumber])],
    ]),
  });
}

/** The next trace of that type, without its time. */
async function traced(
  entity: Producer | Consumer,
  type: string,
  cause: () => Promise<void>,
): Promise<Omit<Trace, "timestamp">> {
  await entity.enableTraceEvent([type] as never);
  const coming = next(entity, "trace");
  const observed = next(entity.observer, "trace");
  await cause();
  const [trace] = await coming as [Trace];
  assert.deepEqual((await observed)[0], trace);
  await entity.enableTraceEvent([]);
  const { timestamp, ...rest } = trace;
  assert(Math.abs(timestamp - Date.now()) < 10_000);
  return rest;
}

/** A message about one stream (RFC 4585, 6.1), from an endpoint without streams. */
function feedback(type: number, format: number, about: number, more: number[] = []): Buffer {
  const head = Buffer.from([0x80 | format, type, 0, 2 + more.length / 4, 0, 0, 0, 1, 0, 0, 0, 0]);
  head.writeUInt32BE(about, 8);
  return Buffer.concat([head, Buffer.from(more)]);
}

const allFeedback: RtcpFeedback[] = [
  { type: "nack", parameter: "" },
  { type: "nack", parameter: "pli" },
  { type: "ccm", parameter: "fir" },
];

test(
  "a producer traces its packets, key frames, requests and sender reports",
  withMedia(options(allFeedback), async ({ sender, ingress, producer, consumer }) => {
    const send = (number: number, isKeyFrame = false) => (): Promise<void> =>
      sender.send(packet(number, isKeyFrame), ingress);
    const rtpPacket = (number: number, isKeyFrame: boolean): object => ({
      payloadType: 112,
      sequenceNumber: number,
      timestamp: 3000 * number,
      marker: false,
      ssrc,
      isKeyFrame,
      size: packet(number, isKeyFrame).length,
      payloadSize: 11,
      spatialLayer: 0,
      temporalLayer: 0,
      mid: "cam",
      wideSequenceNumber: 0x1200 + number,
    });
    assert.deepEqual(await traced(producer, "keyframe", send(1, true)), {
      type: "keyframe",
      direction: "in",
      info: { rtpPacket: rtpPacket(1, true), isRtx: false },
    });
    assert.deepEqual(await traced(producer, "rtp", send(2)), {
      type: "rtp",
      direction: "in",
      info: { rtpPacket: rtpPacket(2, false), isRtx: false },
    });
    assert.deepEqual(await traced(producer, "nack", send(5)), {
      type: "nack",
      direction: "out",
      info: {},
    });
    assert.deepEqual(await traced(producer, "pli", () => consumer.requestKeyFrame()), {
      type: "pli",
      direction: "out",
      info: { ssrc },
    });
    const report = Buffer.alloc(28);
    [0x80c80006, ssrc, 0xe9000001, 0x80000000, 4711, 3, 99]
      .forEach((word, index) => report.writeUInt32BE(word, 4 * index));
    assert.deepEqual(await traced(producer, "sr", () => sender.send(report, ingress)), {
      type: "sr",
      direction: "in",
      info: {
        ssrc,
        ntpSec: 0xe9000001,
        ntpFrac: 0x80000000,
        rtpTs: 4711,
        packetCount: 3,
        octetCount: 99,
      },
    });
  }),
);

test(
  "a producer whose sender knows no PLI traces the FIR that it gets",
  withMedia(
    options([{ type: "ccm", parameter: "fir" }]),
    async ({ sender, ingress, producer }) => {
      const send = (): Promise<void> => sender.send(packet(1, false), ingress);
      assert.deepEqual(await traced(producer, "fir", send), {
        type: "fir",
        direction: "out",
        info: { ssrc },
      });
    },
  ),
);

test(
  "a consumer traces its packets and what its receiver asks for",
  withMedia(options(allFeedback), async ({ sender, receiver, ingress, egress, consumer }) => {
    const { encodings, mid } = consumer.rtpParameters;
    const own = encodings![0].ssrc!;
    const keyFrame = await traced(
      consumer,
      "keyframe",
      () => sender.send(packet(1, true), ingress),
    );
    await receiver.count(1);
    const [{ sequenceNumber, timestamp, payloadType }] = receiver.received;
    const { rtpPacket, isRtx } = keyFrame.info as {
      rtpPacket: Record<string, unknown>;
      isRtx: boolean;
    };
    const { size, ...fields } = rtpPacket;
    assert.deepEqual({ ...keyFrame, info: undefined }, {
      type: "keyframe",
      direction: "out",
      info: undefined,
    });
    assert.equal(isRtx, false);
    assert.equal(typeof size, "number");
    assert.deepEqual(fields, {
      payloadType,
      sequenceNumber,
      timestamp,
      marker: false,
      ssrc: own,
      isKeyFrame: true,
      payloadSize: 11,
      spatialLayer: 0,
      temporalLayer: 0,
      mid,
    });

    await sender.send(packet(2, false), ingress);
    await receiver.count(2);
    // RFC 4585, 6.2.1.
    const nack = (number: number): Buffer =>
      feedback(205, 1, own, [number >> 8 & 0xff, number & 0xff, 0, 0]);
    const first = (): Promise<void> => receiver.send(nack(sequenceNumber), egress);
    assert.deepEqual(await traced(consumer, "nack", first), {
      type: "nack",
      direction: "in",
      info: {},
    });
    const ssrcBytes = [...feedback(206, 1, own).subarray(8, 12)];
    const fir = feedback(206, 4, 0, [...ssrcBytes, 1, 0, 0, 0]);
    const requests: [type: string, message: Buffer][] = [["pli", feedback(206, 1, own)], [
      "fir",
      fir,
    ]];
    for (const [type, message] of requests) {
      assert.deepEqual(await traced(consumer, type, () => receiver.send(message, egress)), {
        type,
        direction: "in",
        info: { ssrc: own },
      });
    }
    const second = (): Promise<void> => receiver.send(nack(sequenceNumber + 1), egress);
    const repaired = await traced(consumer, "rtp", second);
    assert.equal((repaired.info as { isRtx: boolean }).isRtx, true);
  }),
);

test(
  "a consumer traces every packet, whatever else happens or does not",
  withMedia(options(allFeedback), async ({ sender, receiver, ingress, consumer }) => {
    const traces: Trace[] = [];
    consumer.on("trace", (trace) => traces.push(trace as Trace));
    await consumer.enableTraceEvent(["rtp", "keyframe"]);
    for (let number = 1; number <= 50; ++number) {
      await sender.send(packet(number, number % 10 === 1), ingress);
      await receiver.count(number);
    }
    while (traces.length < 55) await next(consumer, "trace");
    const numbers = traces.filter(({ type }) => type === "rtp")
      .map(({ info }) => (info as { rtpPacket: { sequenceNumber: number } }).rtpPacket)
      .map(({ sequenceNumber }) => sequenceNumber);
    assert.deepEqual(numbers, receiver.received.map(({ sequenceNumber }) => sequenceNumber));
    assert.equal(traces.filter(({ type }) => type === "keyframe").length, 5);
  }),
);

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  assertTypeErrors,
  audioOptions,
  consumeNew,
  dtlsParameters,
  notFound,
  record,
  unsupported,
  withScene,
  wrong,
} from "./support.ts";

test(
  "restartIce() gives new credentials",
  withScene(async ({ transport }) => {
    const before = transport.iceParameters;
    const after = await transport.restartIce();
    assert.notEqual(after.usernameFragment, before.usernameFragment);
    assert.notEqual(after.password, before.password);
    assert.equal(after.iceLite, true);
    assert.deepEqual(transport.iceParameters, after);
  }),
);

test(
  "limits of bitrates are checked against each other",
  withScene(async ({ transport }) => {
    await transport.setMaxIncomingBitrate(1_000_000);
    await transport.setMinOutgoingBitrate(100_000);
    await transport.setMaxOutgoingBitrate(2_000_000);
    const { 0: stats } = await transport.getStats();
    assert.equal(stats.maxIncomingBitrate, 1_000_000);
    assert.equal(stats.maxOutgoingBitrate, 2_000_000);
    assert.equal(stats.minOutgoingBitrate, 100_000);
    await assertTypeErrors([
      ["not a number", () => transport.setMaxIncomingBitrate(wrong("1M")), /bitrate/],
      ["NaN", () => transport.setMaxIncomingBitrate(NaN), /bitrate/],
      ["negative", () => transport.setMaxIncomingBitrate(-1), /bitrate/],
      ["infinite", () => transport.setMaxOutgoingBitrate(Infinity), /bitrate/],
      ["too low", () => transport.setMaxOutgoingBitrate(20_000), /bitrate must be >= 30000/],
      [
        "below min",
        () => transport.setMaxOutgoingBitrate(90_000),
        /min outgoing bitrate \(100000\)/,
      ],
      ["above max", () => transport.setMinOutgoingBitrate(2_000_001), /max outgoing bitrate/],
    ]);
    await transport.setMinOutgoingBitrate(0);
    await transport.setMaxOutgoingBitrate(0);
    await transport.setMaxIncomingBitrate(0);
  }),
);

test(
  "enableTraceEvent() keeps the types that it knows",
  withScene(async ({ transport }) => {
    const types = async (): Promise<string[] | undefined> =>
      (await transport.dump()).traceEventTypes?.toSorted();
    await transport.enableTraceEvent(["bwe", "probation"]);
    assert.deepEqual(await types(), ["bwe", "probation"]);
    await transport.enableTraceEvent([]);
    assert.deepEqual(await types(), []);
    await transport.enableTraceEvent(wrong(["probation", "chicken"]));
    assert.deepEqual(await types(), ["probation"]);
    await transport.enableTraceEvent();
    assert.deepEqual(await types(), []);
    await assertTypeErrors([
      ["no array", () => transport.enableTraceEvent(wrong("bwe")), /types must be an array/],
      ["no text", () => transport.enableTraceEvent(wrong([1])), /every type must be a string/],
    ]);
  }),
);

test(
  "dump() and getStats() tell the state of a new transport",
  withScene(async ({ transport }) => {
    const dump = await transport.dump();
    assert.equal(dump.id, transport.id);
    assert.deepEqual(dump.producerIds, []);
    assert.deepEqual(dump.consumerIds, []);
    assert.deepEqual(dump.rtpListener, { ssrcTable: [], midTable: [], ridTable: [] });
    assert.deepEqual(dump.recvRtpHeaderExtensions, {});
    assert.deepEqual(dump.dataProducerIds, []);
    assert.equal(dump.iceRole, "controlled");
    assert.deepEqual(dump.iceParameters, transport.iceParameters);
    assert.deepEqual(dump.iceCandidates, transport.iceCandidates);
    assert.equal(dump.iceState, "new");
    assert.equal(dump.iceSelectedTuple, undefined);
    assert.deepEqual(dump.dtlsParameters, transport.dtlsParameters);
    assert.equal(dump.dtlsState, "new");
    const stats = await transport.getStats();
    assert.equal(stats.length, 1);
    assert.equal(stats[0].type, "webrtc-transport");
    assert.equal(stats[0].transportId, transport.id);
    assert.equal(stats[0].iceRole, "controlled");
    assert.equal(stats[0].iceState, "new");
    assert.equal(stats[0].dtlsState, "new");
    assert(Math.abs(stats[0].timestamp - Date.now()) < 10_000, `${stats[0].timestamp}`);
    for (
      const name of [
        "bytesReceived",
        "recvBitrate",
        "bytesSent",
        "sendBitrate",
        "rtpBytesReceived",
        "rtpRecvBitrate",
        "rtpBytesSent",
        "rtpSendBitrate",
        "rtxBytesReceived",
        "rtxRecvBitrate",
        "rtxBytesSent",
        "rtxSendBitrate",
        "probationBytesSent",
        "probationSendBitrate",
      ] as const
    ) assert.equal(stats[0][name], 0, name);
  }),
);

test(
  "getStats() tells the limits that are set",
  withScene(async ({ transport }) => {
    const limits = async (): Promise<(number | undefined)[]> => {
      const [stats] = await transport.getStats();
      return [stats.maxIncomingBitrate, stats.maxOutgoingBitrate, stats.minOutgoingBitrate];
    };
    await transport.setMaxIncomingBitrate(1_500_000);
    await transport.setMaxOutgoingBitrate(2_000_000);
    await transport.setMinOutgoingBitrate(100_000);
    assert.deepEqual(await limits(), [1_500_000, 2_000_000, 100_000]);
    await transport.setMinOutgoingBitrate(0);
    await transport.setMaxOutgoingBitrate(0);
    await transport.setMaxIncomingBitrate(0);
    assert.deepEqual(await limits(), [undefined, undefined, undefined]);
  }),
);

test(
  "dump() lists producers and consumers with their SSRCs",
  withScene(async (scene) => {
    const { producer, consumer, receiver } = await consumeNew(scene);
    const sending = await scene.transport.dump();
    assert.deepEqual(sending.producerIds, [producer.id]);
    assert.deepEqual(sending.rtpListener.ssrcTable, [{ key: 11111111, value: producer.id }]);
    assert.deepEqual(sending.rtpListener.midTable, [{ key: "AUDIO", value: producer.id }]);
    assert.equal(sending.recvRtpHeaderExtensions.mid, 10);
    const receiving = await receiver.dump();
    assert.deepEqual(receiving.consumerIds, [consumer.id]);
    const ssrc = consumer.rtpParameters.encodings?.[0].ssrc;
    assert.deepEqual(receiving.mapSsrcConsumerId, [{ key: ssrc, value: consumer.id }]);
  }),
);

test(
  "close() closes what the transport has, in order, once",
  withScene(async (scene) => {
    const { router, transport } = scene;
    const { producer, consumer, receiver } = await consumeNew(scene);
    const log: string[] = [];
    record(log, "producer", producer, ["transportclose"]);
    record(log, "producer.observer", producer.observer, ["close"]);
    record(log, "consumer", consumer, ["transportclose"]);
    record(log, "consumer.observer", consumer.observer, ["close"]);
    record(log, "transport", transport, ["routerclose", "listenserverclose"]);
    record(log, "transport.observer", transport.observer, ["close"]);
    producer.on("transportclose", () => log.push(`while ${transport.iceState}`));
    receiver.close();
    transport.close();
    transport.close();
    assert.deepEqual(log, [
      "consumer:transportclose",
      "consumer.observer:close",
      "producer:transportclose",
      "while closed",
      "producer.observer:close",
      "transport.observer:close",
    ]);
    assert.equal(transport.closed, true);
    assert.equal(transport.iceState, "closed");
    assert.equal(transport.dtlsState, "closed");
    assert.deepEqual((await router.dump()).transportIds, []);
    assert.equal(router.canConsume({ producerId: producer.id, rtpCapabilities: {} }), false);
  }),
);

test(
  "a closed transport rejects with NotFoundError",
  withScene(async ({ transport }) => {
    transport.close();
    for (
      const call of [
        () => transport.dump(),
        () => transport.getStats(),
        () => transport.connect({ dtlsParameters }),
        () => transport.restartIce(),
        () => transport.setMaxIncomingBitrate(0),
        () => transport.setMaxOutgoingBitrate(0),
        () => transport.setMinOutgoingBitrate(0),
        () => transport.enableTraceEvent(),
        () => transport.produce(audioOptions()),
      ]
    ) await assert.rejects(call, notFound, call.toString());
  }),
);

test(
  "data channels are not there yet and say so",
  withScene(async ({ transport }) => {
    await assert.rejects(transport.produceData(), unsupported);
    await assert.rejects(transport.consumeData({ dataProducerId: "x" }), unsupported);
  }),
);

import assert from "node:assert/strict";
import { test } from "node:test";
import type { PipeTransport, Router } from "../../sfu/types.ts";
import {
  assertTypeErrors,
  audioOptions,
  notFound,
  udpInfo,
  videoOptions,
  withScene,
  wrong,
} from "./support.ts";

const open = (router: Router, more: object = {}): Promise<PipeTransport> =>
  router.createPipeTransport({ listenInfo: udpInfo, ...more });

test(
  "consume() makes a pipe consumer of every stream",
  withScene(async ({ router, transport }) => {
    const producer = await transport.produce(videoOptions());
    const plain = await open(router);
    const repairing = await open(router, { enableRtx: true });
    const made: string[] = [];
    plain.observer.on("newconsumer", ({ id }) => made.push(id));
    const consumer = await plain.consume({ producerId: producer.id, appData: { a: 1 } });
    assert.deepEqual(made, [consumer.id]);
    assert.deepEqual(consumer.appData, { a: 1 });
    assert.equal(consumer.type, "pipe");
    assert.equal(consumer.kind, "video");
    assert.equal(consumer.producerId, producer.id);
    assert.deepEqual([consumer.paused, consumer.producerPaused], [false, false]);
    assert.equal(consumer.preferredLayers, undefined);
    const { codecs, encodings, headerExtensions, mid, rtcp } = consumer.rtpParameters;
    assert.equal(mid, undefined);
    assert.equal(rtcp?.cname, "FOOBAR");
    assert.deepEqual(codecs.map(({ mimeType }) => mimeType), ["video/VP8"]);
    assert.deepEqual(codecs[0].rtcpFeedback, [
      { type: "nack", parameter: "pli" },
      { type: "ccm", parameter: "fir" },
    ]);
    assert.equal(encodings?.length, 1);
    assert.equal(encodings?.[0].rtx, undefined);
    const uris = (headerExtensions ?? []).map(({ uri }) => uri);
    assert.equal(uris.includes("urn:3gpp:video-orientation"), true);
    assert.equal(uris.includes("urn:ietf:params:rtp-hdrext:sdes:mid"), false);
    const dump = await consumer.dump();
    assert.equal(dump.type, "pipe");
    assert.deepEqual([dump.id, dump.producerId], [consumer.id, producer.id]);

    const repaired = await repairing.consume({ producerId: producer.id });
    const rtx = repaired.rtpParameters;
    assert.deepEqual(rtx.codecs.map(({ mimeType }) => mimeType), ["video/VP8", "video/rtx"]);
    assert.equal(typeof rtx.encodings?.[0].rtx?.ssrc, "number");
    assert.notEqual(rtx.encodings?.[0].ssrc, encodings?.[0].ssrc);
  }),
);

test(
  "consume() refuses wrong options, and pauses with its producer",
  withScene(async ({ router, transport }) => {
    const producer = await transport.produce({ ...audioOptions(), paused: true });
    const pipe = await open(router);
    await assertTypeErrors([
      ["nothing", () => pipe.consume(wrong(undefined)), /options/],
      ["no producerId", () => pipe.consume(wrong({})), /missing producerId/],
      ["producerId", () => pipe.consume({ producerId: wrong(1) }), /missing producerId/],
      ["appData", () => pipe.consume({ producerId: producer.id, appData: wrong(1) }), /appData/],
    ]);
    await assert.rejects(pipe.consume({ producerId: "nobody" }), notFound);
    const consumer = await pipe.consume({ producerId: producer.id });
    assert.deepEqual([consumer.paused, consumer.producerPaused], [false, true]);
    await consumer.requestKeyFrame();
  }),
);

test(
  "producers on a pipe keep the CNAMEs of their endpoints",
  withScene(async ({ router }) => {
    const pipe = await open(router);
    const one = audioOptions(1);
    const two = audioOptions(2);
    [one, two].forEach(({ rtpParameters }, i) => {
      delete rtpParameters.mid;
      rtpParameters.rtcp = { cname: `endpoint${i}` };
    });
    const producers = [await pipe.produce(one), await pipe.produce(two)];
    const cnames = producers.map(({ rtpParameters }) => rtpParameters.rtcp?.cname);
    assert.deepEqual(cnames, ["endpoint0", "endpoint1"]);
  }),
);

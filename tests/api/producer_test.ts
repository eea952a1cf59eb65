import assert from "node:assert/strict";
import { test } from "node:test";
import type { Producer, ProducerOptions } from "../../sfu/types.ts";
import {
  assertTypeErrors,
  audioOptions,
  udpInfo,
  unsupported,
  videoOptions,
  withScene,
  wrong,
} from "./support.ts";

test(
  "produce() makes an audio producer",
  withScene(async ({ transport }) => {
    const seen: Producer[] = [];
    transport.observer.on("newproducer", (producer) => seen.push(producer));
    const producer = await transport.produce({ ...audioOptions(), appData: { foo: 1 } });
    assert.deepEqual(seen, [producer]);
    assert.match(producer.id, /^[0-9a-f-]{36}$/);
    assert.equal(producer.closed, false);
    assert.equal(producer.kind, "audio");
    assert.equal(producer.type, "simple");
    assert.equal(producer.paused, false);
    assert.deepEqual(producer.score, []);
    assert.deepEqual(producer.appData, { foo: 1 });
    const { codecs, encodings, rtcp, mid } = producer.rtpParameters;
    assert.equal(mid, "AUDIO");
    assert.equal(codecs[0].payloadType, 111);
    assert.deepEqual(encodings, [{ ssrc: 11111111, dtx: true }]);
    assert.deepEqual(rtcp, { cname: "FOOBAR", reducedSize: true });
    // In the router's terms: its payload type, and an SSRC of ours.
    const { consumableRtpParameters } = producer;
    assert.equal(consumableRtpParameters.codecs[0].payloadType, 100);
    assert.notEqual(consumableRtpParameters.encodings?.[0].ssrc, 11111111);
  }),
);

test(
  "produce() makes a video producer with RTX",
  withScene(async ({ transport }) => {
    const producer = await transport.produce({
      ...videoOptions(),
      paused: true,
      keyFrameRequestDelay: 1000,
    });
    assert.equal(producer.kind, "video");
    assert.equal(producer.type, "simple");
    assert.equal(producer.paused, true);
    assert.deepEqual(producer.rtpParameters.encodings?.[0].rtx, { ssrc: 22222223 });
    const dump = await producer.dump();
    assert.equal(dump.id, producer.id);
    assert.equal(dump.kind, "video");
    assert.equal(dump.type, "simple");
    assert.equal(dump.paused, true);
    assert.deepEqual(dump.traceEventTypes, []);
    assert.equal(dump.rtpParameters.codecs[0].payloadType, 112);
    assert.equal(dump.rtpParameters.encodings?.[0].ssrc, 22222222);
    assert.deepEqual((dump.rtpMapping as { codecs: unknown }).codecs, [
      { payloadType: 112, mappedPayloadType: 101 },
      { payloadType: 113, mappedPayloadType: 102 },
    ]);
  }),
);

test(
  "produce() leaves what it is given alone",
  withScene(async ({ transport }) => {
    const options = videoOptions();
    const given = structuredClone(options);
    const producer = await transport.produce(options);
    assert.deepEqual(options, given);
    producer.rtpParameters.codecs.pop();
    assert.equal(producer.rtpParameters.codecs.length, 2);
  }),
);

test(
  "producers of a transport share a CNAME",
  withScene(async ({ transport }) => {
    const cname = (producer: Producer): string | undefined => producer.rtpParameters.rtcp?.cname;
    const nameless = audioOptions(1);
    delete nameless.rtpParameters.rtcp;
    nameless.rtpParameters.mid = "a";
    const first = await transport.produce(nameless);
    assert.match(cname(first) ?? "", /^[0-9a-f]{8}$/);
    const second = await transport.produce(videoOptions());
    assert.equal(cname(second), cname(first));
  }),
);

test(
  "produce() takes an id, which must be new in the router",
  withScene(async ({ router, transport }) => {
    const producer = await transport.produce({ ...audioOptions(), id: "mine" });
    assert.equal(producer.id, "mine");
    const other = await router.createWebRtcTransport({ listenInfos: [udpInfo] });
    for (const it of [transport, other]) {
      await assertTypeErrors([[
        "same id",
        () => it.produce({ ...videoOptions(), id: "mine" }),
        /a Producer with same id "mine" already exists/,
      ]]);
    }
    producer.close();
    assert.equal((await other.produce({ ...audioOptions(), id: "mine" })).id, "mine");
  }),
);

test(
  "produce() refuses wrong options",
  withScene(async ({ transport }) => {
    const bad = (options: unknown): () => Promise<unknown> => () =>
      transport.produce(wrong(options));
    const more = (options: object): () => Promise<unknown> =>
      bad({ ...audioOptions(), ...options });
    const parameters = (
      change: (it: ProducerOptions["rtpParameters"]) => void,
    ): () => Promise<unknown> => {
      const options = videoOptions();
      change(options.rtpParameters);
      return bad(options);
    };
    await assertTypeErrors([
      ["nothing", bad(undefined), /options/],
      ["kind", more({ kind: "chicken" }), /invalid kind "chicken"/],
      ["no parameters", more({ rtpParameters: undefined }), /rtpParameters/],
      ["parameters", more({ rtpParameters: [] }), /rtpParameters/],
      ["a function", more({ rtpParameters: { codecs: [() => {}] } }), /data/],
      ["codecs", parameters((it) => it.codecs = wrong({})), /codecs/],
      ["no codec", parameters((it) => it.codecs = []), /codecs/],
      ["mimeType", parameters((it) => it.codecs[0].mimeType = wrong(1)), /mimeType/],
      ["payloadType", parameters((it) => it.codecs[0].payloadType = wrong("1")), /payloadType/],
      ["payloadType range", parameters((it) => it.codecs[0].payloadType = 1000), /payloadType/],
      ["like RTCP", parameters((it) => it.codecs[0].payloadType = 64), /payloadType.*RTCP/],
      ["RTX like RTCP", parameters((it) => it.codecs[1].payloadType = 95), /payloadType.*RTCP/],
      ["clockRate", parameters((it) => it.codecs[0].clockRate = NaN), /clockRate/],
      ["apt", parameters((it) => it.codecs[1].parameters = { apt: 111 }), /codec|apt|RTX/i],
      ["ssrc", parameters((it) => it.encodings = [{ ssrc: -1 }]), /ssrc/],
      ["ssrc text", parameters((it) => it.encodings = [{ ssrc: wrong("1") }]), /ssrc/],
      ["extension id", parameters((it) => it.headerExtensions = [wrong({ uri: "x" })]), /id/],
      ["mid", parameters((it) => it.mid = wrong(1)), /mid/],
      ["id", more({ id: 1 }), /id/],
      ["id empty", more({ id: "" }), /id/],
      ["paused", more({ paused: 1 }), /paused/],
      ["keyFrameRequestDelay", more({ keyFrameRequestDelay: -1 }), /keyFrameRequestDelay/],
      ["keyFrameRequestDelay text", more({ keyFrameRequestDelay: "x" }), /keyFrameRequestDelay/],
      [
        "packet id",
        more({ enableMediasoupPacketIdHeaderExtension: "x" }),
        /enableMediasoupPacketIdHeaderExtension/,
      ],
      ["appData", more({ appData: "x" }), /appData/],
    ]);
    assert.deepEqual((await transport.dump()).producerIds, []);
  }),
);

test(
  "produce() refuses a codec that the router lacks",
  withScene(async ({ transport }) => {
    const options = audioOptions();
    options.rtpParameters.codecs = [{ mimeType: "audio/ISAC", payloadType: 108, clockRate: 32000 }];
    await assert.rejects(transport.produce(options), unsupported);
  }),
);

test(
  "two producers of a transport cannot have the same SSRC or MID",
  withScene(async ({ transport }) => {
    await transport.produce(audioOptions());
    const sameMid = audioOptions(5);
    const sameSsrc = audioOptions();
    sameSsrc.rtpParameters.mid = "OTHER";
    await assert.rejects(transport.produce(sameMid), Error);
    await assert.rejects(transport.produce(sameSsrc), Error);
    assert.equal((await transport.dump()).producerIds.length, 1);
    const video = await transport.produce(videoOptions());
    assert.equal(video.rtpParameters.rtcp?.cname, "FOOBAR");
  }),
);

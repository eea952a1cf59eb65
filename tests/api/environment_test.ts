/** Arguments as applications of mediasoup take them from the environment: text, NaN, "" and 0. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createWorker, type types, workerBin } from "../../mod.ts";
import {
  assertTypeErrors,
  audioOptions,
  mediaCodecs,
  udpInfo,
  videoOptions,
  withScene,
  wrong,
} from "./support.ts";

/** The port that a plain transport of a worker with these settings gets. */
async function portOf(settings: Record<string, unknown>, info = {}): Promise<number> {
  const worker = await createWorker(wrong(settings));
  try {
    const router = await worker.createRouter({ mediaCodecs });
    const listenInfo = wrong({ ...udpInfo, ...info });
    return (await router.createPlainTransport({ listenInfo })).tuple.localPort;
  } finally {
    worker.close();
  }
}

const within = (port: number, min: number, max: number): void =>
  assert.ok(min <= port && port <= max, `${port} is not within ${min}..${max}`);

test("a worker's ports may be text, and unset ones have their default", async () => {
  for (const unset of [undefined, null, NaN, "", 0, "0"]) {
    within(await portOf({ rtcMinPort: unset, rtcMaxPort: unset }), 10_000, 59_999);
    within(await portOf({ rtcMinPort: unset, rtcMaxPort: 2999 }), 2999, 2999);
    within(await portOf({ rtcMinPort: 60_000, rtcMaxPort: "60099" }), 60_000, 60_099);
  }
  within(await portOf({ rtcMinPort: " 41000 ", rtcMaxPort: "41099" }), 41_000, 41_099);
  const odd = ["x", "1e4", "0x10", "-1", "1.5", " ", "41000 41001", "99999999999999999999", true];
  for (const port of odd) {
    await assertTypeErrors([
      [`rtcMinPort ${port}`, () => createWorker(wrong({ rtcMinPort: port })), /rtcMinPort/],
      [`rtcMaxPort ${port}`, () => createWorker(wrong({ rtcMaxPort: port })), /rtcMaxPort/],
    ]);
  }
  await assertTypeErrors([
    ["above", () => createWorker({ rtcMinPort: 5, rtcMaxPort: 4 }), /rtcMinPort/],
  ]);
});

test("a listening port may be text, and so may a range", async () => {
  const range = (min: unknown, max: unknown): object => ({ portRange: { min, max } });
  within(await portOf({}, range("42000", "42099")), 42_000, 42_099);
  within(await portOf({}, range(0, 2998)), 1024, 2998);
  for (const unset of [undefined, NaN, "", 0, "0"]) {
    within(await portOf({}, range(unset, unset)), 10_000, 59_999);
  }
  for (const port of [NaN, "", 0, "0"]) within(await portOf({}, { port }), 10_000, 59_999);
  within(await portOf({}, { port: "42777" }), 42_777, 42_777);
  within(await portOf({}, { sendBufferSize: "100000", recvBufferSize: NaN }), 10_000, 59_999);
  await assertTypeErrors([
    ["half a range", () => portOf({}, range(NaN, 42_000)), /portRange.min/],
    ["the other half", () => portOf({}, range(42_000, "")), /portRange.max/],
    ["no number", () => portOf({}, { port: "http" }), /port/],
  ]);
});

test(
  "an empty announced address is none",
  withScene(async ({ router }) => {
    const addressOf = async (info: object): Promise<string> => {
      const listenInfos = [{ ...udpInfo, ...info }];
      const { iceCandidates } = await router.createWebRtcTransport({ listenInfos });
      return iceCandidates[0].address;
    };
    assert.equal(await addressOf({ announcedIp: "" }), udpInfo.ip);
    assert.equal(await addressOf({ announcedAddress: "", announcedIp: "9.9.9.9" }), "9.9.9.9");
    assert.equal(await addressOf({ announcedAddress: "", announcedIp: "" }), udpInfo.ip);
    const listenIps = [{ ip: udpInfo.ip, announcedIp: "" }];
    const transport = await router.createWebRtcTransport({ listenIps });
    assert.equal(transport.iceCandidates[0].address, udpInfo.ip);
  }),
);

test(
  "bitrates and timeouts may be text, and bitrates fractions",
  withScene(async ({ router }) => {
    const options = (more: object): types.WebRtcTransportOptions =>
      wrong({ listenInfos: [udpInfo], ...more });
    for (const iceConsentTimeout of ["20", NaN, "", 20]) {
      await router.createWebRtcTransport(options({ iceConsentTimeout }));
    }
    for (const initialAvailableOutgoingBitrate of ["800000", NaN, "", 800_000.5]) {
      await router.createWebRtcTransport(options({ initialAvailableOutgoingBitrate }));
    }
    const transport = await router.createWebRtcTransport(options({}));
    await transport.setMaxIncomingBitrate(wrong("1500000"));
    assert.equal((await transport.getStats())[0].maxIncomingBitrate, 1_500_000);
    await transport.setMaxIncomingBitrate(10_000_000 / 3);
    assert.equal((await transport.getStats())[0].maxIncomingBitrate, 3_333_333);
    await transport.setMaxOutgoingBitrate(wrong("500000"));
    assert.equal((await transport.getStats())[0].maxOutgoingBitrate, 500_000);
    for (const bitrate of [NaN, "", "fast", -0.5, Infinity, undefined]) {
      const call = (): unknown => transport.setMaxIncomingBitrate(wrong(bitrate));
      await assertTypeErrors([[`bitrate ${bitrate}`, call, /bitrate/]]);
    }
  }),
);

test(
  "the delay and the bitrate of a producer may be text",
  withScene(async ({ transport }) => {
    const { kind, rtpParameters } = videoOptions();
    rtpParameters.encodings![0].maxBitrate = wrong("900000");
    const options = { kind, rtpParameters, keyFrameRequestDelay: wrong("100") };
    const producer = await transport.produce(options);
    assert.equal(producer.rtpParameters.encodings![0].maxBitrate, 900_000);
    const audio = audioOptions();
    audio.rtpParameters.encodings![0].maxBitrate = 32_000 * 1.1;
    const { rtpParameters: { encodings } } = await transport.produce(audio);
    assert.equal(encodings![0].maxBitrate, 35_200);
  }),
);

test(
  "ports to connect to may be text",
  withScene(async ({ router }) => {
    const plain = await router.createPlainTransport({ listenInfo: udpInfo, rtcpMux: false });
    await plain.connect(wrong({ ip: "127.0.0.1", port: "45000", rtcpPort: "45001" }));
    assert.equal(plain.tuple.remotePort, 45_000);
    assert.equal(plain.rtcpTuple?.remotePort, 45_001);
    const pipe = await router.createPipeTransport({ listenInfo: udpInfo });
    await pipe.connect(wrong({ ip: "127.0.0.1", port: "45002" }));
    assert.equal(pipe.tuple.remotePort, 45_002);
    const late = await router.createPlainTransport({ listenInfo: udpInfo });
    for (const port of [NaN, "", 0, "0"]) {
      const call = (): unknown => late.connect(wrong({ ip: "127.0.0.1", port }));
      await assertTypeErrors([[`port ${port}`, call, /port/]]);
    }
  }),
);

test("log settings are as forgiving as mediasoup's", async () => {
  for (const logLevel of ["", "WARN", "None", undefined]) {
    (await createWorker(wrong({ logLevel, logTags: ["", "rbe", "ice"] }))).close();
  }
  await assertTypeErrors([
    ["level", () => createWorker(wrong({ logLevel: "loud" })), /logLevel/],
    ["tag", () => createWorker(wrong({ logTags: [5] })), /logTags\[0\]/],
  ]);
});

test("a workerBin that is no file is refused", async () => {
  (await createWorker({ workerBin })).close();
  (await createWorker({ workerBin: "" })).close();
  for (const missing of ["/nowhere/mediasoup-worker", `${workerBin}/x`, "/"]) {
    await assert.rejects(() => createWorker({ workerBin: missing }), /workerBin/);
  }
});

/** Consumers of producers that send alike share the work, and nothing else. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProducerOptions } from "../../sfu/types.ts";
import { audioOptions, consumerCapabilities, udpInfo, videoOptions, withScene } from "./support.ts";

const rtpCapabilities = consumerCapabilities;

/** Video of another sender: the same codecs, and a name and streams of its own. */
function videoOf(name: string, ssrc: number): ProducerOptions {
  const options = videoOptions(ssrc);
  options.rtpParameters.rtcp = { cname: name };
  options.rtpParameters.msid = `${name} camera`;
  return options;
}

test(
  "each consumer has its own producer's CNAME and MSID, and SSRCs of its own",
  withScene(async ({ router }) => {
    const receiver = await router.createWebRtcTransport({ listenInfos: [udpInfo] });
    const ssrcs = new Set<number | undefined>();
    for (const [index, name] of ["ann", "bob", "cem"].entries()) {
      const sender = await router.createWebRtcTransport({ listenInfos: [udpInfo] });
      const { id: producerId } = await sender.produce(videoOf(name, 1000 + 10 * index));
      for (const enableRtx of [true, false, true]) {
        const { rtpParameters } = await receiver.consume({
          producerId,
          rtpCapabilities,
          enableRtx,
        });
        const { rtcp, msid, codecs, encodings: [{ ssrc, rtx }] = [{}] } = rtpParameters;
        assert.deepEqual(rtcp, { cname: name, reducedSize: true });
        assert.equal(msid, `${name} camera`);
        assert.equal(codecs.length, enableRtx ? 2 : 1);
        assert.equal(rtx?.ssrc, enableRtx ? ssrc! + 1 : undefined);
        assert.equal(ssrcs.has(ssrc), false);
        ssrcs.add(ssrc);
      }
    }
    assert.equal(ssrcs.size, 9);
  }),
);

test(
  "producers that send something else do not get each other's results",
  withScene(async ({ router, transport }) => {
    const vp8 = videoOf("ann", 1000);
    const svc = videoOf("ann", 2000);
    svc.rtpParameters.mid = "svc";
    svc.rtpParameters.encodings![0].scalabilityMode = "L1T3";
    svc.rtpParameters.encodings![0].maxBitrate = 5000;
    const h264 = videoOf("ann", 3000);
    h264.rtpParameters.mid = "h264";
    Object.assign(h264.rtpParameters.codecs[0], {
      mimeType: "video/H264",
      parameters: { "packetization-mode": 1, "profile-level-id": "4d0032" },
    });
    const parametersOf = async (options: ProducerOptions): Promise<unknown> => {
      const { id: producerId } = await transport.produce(options);
      if (!router.canConsume({ producerId, rtpCapabilities })) return "none";
      const { rtpParameters, type } = await transport.consume({ producerId, rtpCapabilities });
      const { codecs, encodings: [{ scalabilityMode, maxBitrate }] = [{}] } = rtpParameters;
      return [type, codecs[0].mimeType, scalabilityMode, maxBitrate];
    };
    assert.deepEqual(await parametersOf(vp8), ["simple", "video/VP8", undefined, undefined]);
    assert.deepEqual(await parametersOf(svc), ["svc", "video/VP8", "L1T3", 5000]);
    assert.deepEqual(await parametersOf(h264), "none");
    assert.deepEqual(await parametersOf(audioOptions()), [
      "simple",
      "audio/opus",
      undefined,
      undefined,
    ]);
  }),
);

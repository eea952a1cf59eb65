/** RFC 5761, 4: payload types that RTCP's packet types look like, wherever one may enter. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createWorker } from "../../mod.ts";
import { generateRouterRtpCapabilities, getConsumableRtpParameters } from "../../sfu/ortc.ts";
import type { RtpParameters } from "../../sfu/types.ts";
import {
  assertTypeErrors,
  audioOptions,
  consumerCapabilities,
  mediaCodecs,
  udpInfo,
  videoOptions,
} from "../api/support.ts";

const refused = [64, 72, 95];
const taken = [63, 96];

test("a router's codecs are refused such a payload type, and so is their apt", () => {
  const codec = { kind: "video", mimeType: "video/VP8", clockRate: 90000 } as const;
  for (const preferredPayloadType of refused) {
    const call = (): unknown => generateRouterRtpCapabilities([{ ...codec, preferredPayloadType }]);
    assert.throws(call, { name: "TypeError", message: /codec\.preferredPayloadType.*RTCP/ });
  }
  for (const preferredPayloadType of taken) {
    generateRouterRtpCapabilities([{ ...codec, preferredPayloadType }]);
  }
});

test("producers, endpoints and parameters made by hand are refused it too", async () => {
  const worker = await createWorker();
  try {
    const router = await worker.createRouter({ mediaCodecs });
    const plain = await router.createPlainTransport({ listenInfo: udpInfo, rtcpMux: false });
    const pipe = await router.createPipeTransport({ listenInfo: udpInfo });
    const producer = await plain.produce(audioOptions());
    for (const type of refused) {
      const producing = (change: (it: RtpParameters) => void) => (): unknown => {
        const options = videoOptions(5000);
        change(options.rtpParameters);
        return pipe.produce(options);
      };
      const rtpCapabilities = structuredClone(consumerCapabilities);
      rtpCapabilities.codecs![0].preferredPayloadType = type;
      const { rtpParameters } = audioOptions();
      const mapping = {
        codecs: [{ payloadType: 111, mappedPayloadType: type }],
        encodings: [{ mappedSsrc: 1 }],
      };
      const making = (): unknown =>
        getConsumableRtpParameters("audio", rtpParameters, router.rtpCapabilities, mapping);
      await assertTypeErrors([
        ["media", producing((it) => it.codecs[0].payloadType = type), /codec\.payloadType/],
        ["RTX", producing((it) => it.codecs[1].payloadType = type), /codec\.payloadType/],
        ["apt", producing((it) => it.codecs[1].parameters = { apt: type }), /apt/],
        [
          "encoding",
          producing((it) => it.encodings![0].codecPayloadType = type),
          /codecPayloadType/,
        ],
        [
          "endpoint",
          () => plain.consume({ producerId: producer.id, rtpCapabilities }),
          /codec\.preferredPayloadType/,
        ],
        ["mapping", making, /mappedPayloadType/],
        [
          "codecs",
          () => router.updateMediaCodecs([{ ...mediaCodecs[0], preferredPayloadType: type }]),
          /codec\.preferredPayloadType/,
        ],
      ]);
    }
  } finally {
    worker.close();
  }
});

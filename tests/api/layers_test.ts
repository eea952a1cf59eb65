/** What producers with layers can do until layers can be chosen, and what dumps tell of them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setLogEventListeners } from "../../mod.ts";
import {
  consumeNew,
  consumerCapabilities,
  udpInfo,
  unsupported,
  videoOptions,
  withScene,
} from "./support.ts";
import type { ProducerOptions } from "../../sfu/types.ts";

function encoded(encodings: ProducerOptions["rtpParameters"]["encodings"]): ProducerOptions {
  const { kind, rtpParameters } = videoOptions();
  return { kind, rtpParameters: { ...rtpParameters, encodings } };
}

/** Collects warnings and errors until the test ends. */
async function logged(run: () => Promise<void>): Promise<string> {
  const lines: string[] = [];
  setLogEventListeners({
    onwarn: (_namespace, line) => lines.push(line),
    onerror: (_namespace, line) => lines.push(line),
  });
  try {
    await run();
  } finally {
    setLogEventListeners();
  }
  return lines.join("\n");
}

test(
  "simulcast says at produce() and canConsume() that only pipes take it",
  withScene(async ({ router, transport }) => {
    const options = encoded([{ rid: "low" }, { rid: "high" }]);
    const log = await logged(async () => {
      const producer = await transport.produce(options);
      assert.equal(producer.type, "simulcast");
      const asked = { producerId: producer.id, rtpCapabilities: consumerCapabilities };
      assert.equal(router.canConsume(asked), false);
      await assert.rejects(transport.consume(asked), unsupported);
      const pipe = await router.createPipeTransport({ listenInfo: udpInfo });
      assert.equal((await pipe.consume({ producerId: producer.id })).type, "pipe");
    });
    assert.match(log, /produce\(\) \| simulcast can only be piped/);
    assert.match(log, /canConsume\(\) \| simulcast can only be piped/);
  }),
);

test(
  "layers of SVC cannot be chosen, and nothing pretends that they were",
  withScene(async (scene) => {
    const options = encoded([{ ssrc: 22222222, scalabilityMode: "L3T2" }]);
    const preferredLayers = { spatialLayer: 0, temporalLayer: 0 };
    const log = await logged(async () => {
      const { producer, consumer } = await consumeNew(scene, options, { preferredLayers });
      assert.equal(producer.type, "svc");
      assert.equal(consumer.type, "svc");
      assert.equal(consumer.preferredLayers, undefined);
      await assert.rejects(consumer.setPreferredLayers(preferredLayers), unsupported);
      assert.equal(consumer.preferredLayers, undefined);
      const dump = await consumer.dump() as Record<string, unknown>;
      for (const which of ["preferred", "target", "current"]) {
        assert.equal(dump[`${which}SpatialLayer`], 2);
        assert.equal(dump[`${which}TemporalLayer`], 1);
      }
    });
    assert.match(log, /consume\(\) \| ignoring preferredLayers/);
  }),
);

test(
  "dumps name the codec of each encoding, given or not",
  withScene(async (scene) => {
    const { producer, consumer } = await consumeNew(scene, videoOptions());
    const { rtpParameters } = await producer.dump();
    assert.equal(rtpParameters.encodings?.[0].codecPayloadType, 112);
    assert.equal(producer.rtpParameters.encodings?.[0].codecPayloadType, undefined);
    const dump = await consumer.dump();
    const { codecs } = consumer.rtpParameters;
    assert.equal(dump.rtpParameters.encodings?.[0].codecPayloadType, codecs[0].payloadType);
    assert.equal(dump.consumableRtpEncodings?.[0].codecPayloadType, undefined);
  }),
);

/** Direct transports that come and go while packets and messages pass. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { withDirect } from "./direct_scene.ts";
import { audioPacket } from "./rtp.ts";
import { audioOptions, consumerCapabilities, eventsDelivered } from "./support.ts";

const rounds = 1500;

test(
  "transports that close in each order, in mid-flood, leave nothing",
  withDirect(async ({ worker, router, ingress, egress, producer, received }) => {
    const rtpCapabilities = consumerCapabilities;
    const slots: number[] = [];
    for (let round = 0; round < rounds; ++round) {
      const near = await router.createDirectTransport();
      const far = await router.createDirectTransport();
      const source = await near.produce(audioOptions(1000 + round));
      const consumers = [
        await far.consume({ producerId: source.id, rtpCapabilities }),
        await far.consume({ producerId: producer.id, rtpCapabilities }),
      ];
      const dataProducer = await near.produceData();
      const dataConsumer = await far.consumeData({ dataProducerId: dataProducer.id });
      let heard = 0;
      for (const each of consumers) each.on("rtp", () => heard += 1);
      dataConsumer.on("message", () => heard += 1);
      const mine = audioPacket(1);
      mine.writeUInt32BE(1000 + round, 8);
      source.send(mine);
      producer.send(audioPacket(round + 1));
      dataProducer.send("x");
      if (round % 2 === 0) await eventsDelivered(router);
      const parts = [near, far, source, consumers[0], dataProducer, dataConsumer];
      parts[round % parts.length].close();
      if (round % 2 === 0) assert.equal(heard, 3);
      near.close();
      far.close();
      for (const each of [source, ...consumers, dataProducer, dataConsumer]) {
        assert.equal(each.closed, true);
      }
      if (round % 500 === 499) {
        const { counters } = await worker.dump() as unknown as {
          counters: Record<string, number>;
        };
        slots.push(counters.packet_slots_in_use);
      }
    }
    await eventsDelivered(router);
    assert.equal(received.length, rounds);
    const { transportIds, mapProducerIdConsumerIds } = await router.dump();
    assert.equal(transportIds.length, 3);
    assert.equal(mapProducerIdConsumerIds.length, 1);
    assert.deepEqual((await ingress.dump()).dataProducerIds, []);
    assert.deepEqual((await egress.dump()).consumerIds.length, 1);
    // A second of history of the one producer that stays is all that is held.
    assert(slots.every((count) => count <= rounds), slots.join());
  }),
);

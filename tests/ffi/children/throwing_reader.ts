/** A process in which what reads a direct transport's messages fails once. Prints what came of it. */
import process from "node:process";
import { createWorker } from "../../../mod.ts";
import type { DataConsumerImpl } from "../../../sfu/data/data_consumer.ts";

process.on("uncaughtException", (error) => console.log(`thrown: ${error.message}`));

const worker = await createWorker();
const router = await worker.createRouter();
const transport = await router.createDirectTransport();
const dataProducer = await transport.produceData();
const dataConsumer = await transport.consumeData({ dataProducerId: dataProducer.id });

const reader = dataConsumer as unknown as DataConsumerImpl;
const { handleDirect } = reader;
reader.handleDirect = () => {
  reader.handleDirect = handleDirect;
  setImmediate(() => dataProducer.send("second"));
  throw new Error("on purpose");
};
dataConsumer.on("message", (message) => {
  console.log(`heard: ${message}`);
  worker.close();
});
dataProducer.send("first");

/** A process with workers that have nothing to do. Prints as JSON what a while of that cost. */
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import * as sluice from "../../../mod.ts";
import { audioOptions, consumerCapabilities, mediaCodecs, tcpInfo, udpInfo } from "../support.ts";

/** The runtime compiles and collects at first: that is not what is measured. */
const settlingMs = 1000;
const measuredMs = 2000;

const workers = [await sluice.createWorker(), await sluice.createWorker()];
const routers: sluice.types.Router[] = [];
for (const worker of workers) {
  const webRtcServer = await worker.createWebRtcServer({ listenInfos: [udpInfo, tcpInfo] });
  const router = await worker.createRouter({ mediaCodecs });
  routers.push(router);
  for (let i = 0; i < 20; ++i) {
    const transport = await router.createWebRtcTransport({ webRtcServer });
    const plain = await router.createPlainTransport({ listenInfo: udpInfo, comedia: true });
    const { id: producerId } = await plain.produce(audioOptions());
    await transport.consume({ producerId, rtpCapabilities: consumerCapabilities });
  }
}
const source = await routers[0].createPlainTransport({ listenInfo: udpInfo, comedia: true });
const { id: producerId } = await source.produce(audioOptions());
await routers[0].pipeToRouter({ producerId, router: routers[1] });
const turns = async (): Promise<number[]> =>
  (await Promise.all(workers.map((it) => it.dump()))).map(({ counters }) => counters.loop_turns);

await sleep(settlingMs);
const turnsBefore = await turns();
const usageBefore = process.cpuUsage();
await sleep(measuredMs);
const { user, system } = process.cpuUsage(usageBefore);
const turnsAfter = await turns();
for (const worker of workers) worker.close();
console.log(JSON.stringify({
  cpuPercent: (user + system) / measuredMs / 10,
  // The second dump is a turn itself.
  turns: turnsAfter.map((count, index) => count - turnsBefore[index] - 1),
}));

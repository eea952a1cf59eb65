/** Two routers, of two workers unless said otherwise, with producers on the first. */
import * as sluice from "../../mod.ts";
import type { PipeTransport, Producer, Router, WebRtcTransport, Worker } from "../../sfu/types.ts";
import { audioOptions, mediaCodecs, udpInfo, videoOptions } from "./support.ts";

export interface PipeScene {
  workers: [Worker, Worker];
  from: Router;
  to: Router;
  /** In `from`; the producers are here. */
  transport: WebRtcTransport;
  audio: Producer;
  video: Producer;
  /** The pipe transports that were made in `from` and in `to`, in order. */
  pipes: { from: PipeTransport[]; to: PipeTransport[] };
}

function pipesOf(router: Router): PipeTransport[] {
  const pipes: PipeTransport[] = [];
  router.observer.on("newtransport", (transport) => {
    if (transport.type === "pipe") pipes.push(transport as PipeTransport);
  });
  return pipes;
}

/** Runs a test with a scene of its own, which is closed whatever happens. */
export function withRouters(
  run: (scene: PipeScene) => Promise<void>,
  where: "two workers" | "one worker" = "two workers",
): () => Promise<void> {
  return async () => {
    const first = await sluice.createWorker();
    const second = where === "one worker" ? first : await sluice.createWorker();
    try {
      const from = await first.createRouter({ mediaCodecs });
      const to = await second.createRouter({ mediaCodecs });
      const transport = await from.createWebRtcTransport({ listenInfos: [udpInfo] });
      const audio = await transport.produce({ ...audioOptions(), appData: { who: "audio" } });
      const video = await transport.produce({ ...videoOptions(), appData: { who: "video" } });
      const pipes = { from: pipesOf(from), to: pipesOf(to) };
      await run({ workers: [first, second], from, to, transport, audio, video, pipes });
    } finally {
      first.close();
      second.close();
    }
  };
}

/** How many transports both routers have besides the one of the scene. */
export async function leftovers({ from, to }: PipeScene): Promise<number> {
  const dumps = await Promise.all([from.dump(), to.dump()]);
  return dumps.reduce((sum, { transportIds }) => sum + transportIds.length, 0) - 1;
}

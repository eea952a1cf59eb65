/** A pool of workers with a router that spans them, and where in it things are. */
import * as sluice from "../../mod.ts";
import type { PlainTransport, Router, Transport, Worker, WorkerPool } from "../../sfu/types.ts";
import { mediaCodecs, udpInfo } from "./support.ts";

export interface PoolScene {
  pool: WorkerPool;
  router: Router;
}

/** Runs a test with a pool of its own, which is closed whatever happens. */
export function withPool(
  run: (scene: PoolScene) => Promise<void>,
  workers = 2,
): () => Promise<void> {
  return async () => {
    const pool = await sluice.createWorkerPool({ workers });
    try {
      await run({ pool, router: await pool.createRouter({ mediaCodecs }) });
    } finally {
      pool.close();
    }
  };
}

/** Which of the pool's workers a transport, consumer or producer lives in (of a piped one: the first). */
export async function workerOf(pool: WorkerPool, { id }: { id: string }): Promise<Worker> {
  for (const worker of pool.workers) {
    const { channelMessageHandlers } = await worker.dump();
    if (channelMessageHandlers.channelRequestHandlers.includes(id)) return worker;
  }
  throw new Error(`no worker of the pool has ${id}`);
}

/** How many things live in each worker, the router's parts among them. */
export async function sizes(pool: WorkerPool): Promise<number[]> {
  const dumps = await Promise.all(pool.workers.map((worker) => worker.dump()));
  return dumps.map((dump) => dump.channelMessageHandlers.channelRequestHandlers.length);
}

/** Plain transports on workers that differ. */
export async function apart(
  { pool, router }: PoolScene,
): Promise<{ here: PlainTransport; there: PlainTransport }> {
  const here = await router.createPlainTransport({ listenInfo: udpInfo, comedia: true });
  const there = await router.createPlainTransport({ listenInfo: udpInfo, comedia: true });
  if (await workerOf(pool, here) === await workerOf(pool, there)) throw new Error("not apart");
  return { here, there };
}

/** The router's view: of its transports alone. */
export async function transportIds(router: Router): Promise<string[]> {
  return (await router.dump()).transportIds.toSorted();
}

/** Ids in the order that `transportIds()` has. */
export function idsOf(...transports: Transport[]): string[] {
  return transports.map(({ id }) => id).toSorted();
}

/** A process with engine workers that ends in the way its argument names. */
import process from "node:process";
import { EngineWorker, Method } from "../../../ffi/engine_worker.ts";
import type { DoorbellKind } from "../../../ffi/doorbell.ts";

const [how, kind] = process.argv.slice(2);
const workers = [1, 2, 3].map(() => EngineWorker.create({}, kind as DoorbellKind | undefined));
const flood = (): void => {
  for (const worker of workers) worker.call(Method.WORKER_PING, 0, { events: 2000 });
};

/** Waits until every worker has delivered something, so that all is in motion. */
async function inMotion(): Promise<void> {
  flood();
  await Promise.all(workers.map((worker) =>
    new Promise<void>((resolve) => {
      const remove = worker.onEvent(() => {
        remove();
        resolve();
      });
    })
  ));
}

await inMotion();
switch (how) {
  case "close":
    for (const worker of workers) worker.close();
    console.log("closed");
    break;
  case "unref":
    for (const worker of workers) worker.unref();
    console.log("unreferenced");
    break;
  case "exit":
    flood();
    process.exit(7);
    break;
  case "exit-while-pouring":
    // An event listener exits in the middle of a flood, with calls on other workers under way.
    workers[0].onEvent(() => process.exit(7));
    for (;;) {
      flood();
      await new Promise((resolve) => setImmediate(resolve));
    }
  case "throw":
    flood();
    throw new Error("on purpose");
  case "sigterm":
    flood();
    process.kill(process.pid, "SIGTERM");
    break;
  case "open": {
    // The open workers keep the process: this timer does not, and must still fire.
    setTimeout(() => {
      console.log("still here");
      process.exit(0);
    }, 300).unref();
    break;
  }
  default:
    throw new Error(`no such end: ${how}`);
}

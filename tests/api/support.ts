/** What the tests of the API share: scenes to play in, and a few ways to assert. */
import assert from "node:assert/strict";
import * as sluice from "../../mod.ts";
import type {
  Consumer,
  ConsumerOptions,
  Producer,
  ProducerOptions,
  Router,
  WebRtcTransport,
  Worker,
} from "../../sfu/types.ts";
import { audioOptions, consumerCapabilities, mediaCodecs, udpInfo } from "./fixtures.ts";

export * from "./fixtures.ts";

/** A worker with a router and a WebRTC transport; `close()` ends all of it. */
export interface Scene {
  worker: Worker;
  router: Router;
  transport: WebRtcTransport;
}

/** Runs a test with a scene of its own, which is closed whatever happens. */
export function withScene(run: (scene: Scene) => Promise<void>): () => Promise<void> {
  return async () => {
    const worker = await sluice.createWorker();
    try {
      const router = await worker.createRouter({ mediaCodecs });
      const transport = await router.createWebRtcTransport({ listenInfos: [udpInfo] });
      await run({ worker, router, transport });
    } finally {
      worker.close();
    }
  };
}

/** Runs a test with a worker of its own, which is closed whatever happens. */
export function withWorker(run: (worker: Worker) => Promise<void>): () => Promise<void> {
  return async () => {
    const worker = await sluice.createWorker();
    try {
      await run(worker);
    } finally {
      worker.close();
    }
  };
}

/** A consumer of a new producer, each with a transport of the scene's router. */
export async function consumeNew(
  { router, transport }: Scene,
  options: ProducerOptions = audioOptions(),
  more: Partial<ConsumerOptions> = {},
): Promise<{ producer: Producer; consumer: Consumer; receiver: WebRtcTransport }> {
  const producer = await transport.produce(options);
  const receiver = await router.createWebRtcTransport({ listenInfos: [udpInfo] });
  const consumer = await receiver.consume({
    producerId: producer.id,
    rtpCapabilities: consumerCapabilities,
    ...more,
  });
  return { producer, consumer, receiver };
}

/** The argument as something that the compiler would not let pass. */
// deno-lint-ignore no-explicit-any
export function wrong(value: unknown): any {
  return value;
}

/** A name of the case, what is called, and what the error's text must contain. */
export type WrongCase = [name: string, call: () => unknown, text: RegExp];

/** Asserts that each call fails, or its promise rejects, with a TypeError that names the field. */
export async function assertTypeErrors(cases: WrongCase[]): Promise<void> {
  for (const [name, call, text] of cases) {
    await assert.rejects(
      async () => {
        await call();
      },
      (error: unknown) => {
        assert(error instanceof TypeError, `${name}: not a TypeError but ${error}`);
        assert.match(error.message, text, name);
        return true;
      },
      `${name}: accepted`,
    );
  }
}

export const notFound = { name: "NotFoundError" };
export const workerClosed = { name: "WorkerClosedError" };
export const unsupported = { name: "UnsupportedError" };

interface Emitter {
  // deno-lint-ignore no-explicit-any
  on(eventName: any, listener: (...args: any[]) => void): unknown;
}

/** Writes down the order in which events arrive: `name:event` for each of the listed ones. */
export function record(log: string[], name: string, emitter: unknown, events: string[]): void {
  for (const event of events) (emitter as Emitter).on(event, () => log.push(`${name}:${event}`));
}

/** An event that has not come by then never will, even on a busy machine. */
const patienceMs = 120_000;

/** Resolves with the arguments of the next such event; rejects when it does not come. */
export function next(emitter: unknown, event: string): Promise<unknown[]> {
  return sluice.extras.enhancedOnce(
    emitter as InstanceType<typeof sluice.extras.EnhancedEventEmitter>,
    event,
    { signal: AbortSignal.timeout(patienceMs) },
  );
}

/**
 * Resolves when all events that the worker had sent before have been delivered: events keep their
 * order, so one that is made now is behind them.
 */
export async function eventsDelivered(router: Router): Promise<void> {
  const transport = await router.createPlainTransport({ listenInfo: udpInfo });
  const producer = await transport.produce(audioOptions());
  const consumer = await transport.consume({
    producerId: producer.id,
    rtpCapabilities: consumerCapabilities,
  });
  const paused = next(consumer, "producerpause");
  await producer.pause();
  await paused;
  transport.close();
}

/**
 * `router.pipeToRouter()`: makes a producer of one router available in another. The first call between
 * two routers makes a pair of pipe transports, which later calls in either direction share. Both routers
 * belong to workers of this process, so the pair is linked within the engine; it uses UDP if the caller
 * names an address to listen on, or wants encryption.
 */
import * as check from "../base/check.ts";
import type { Consumer } from "../api/consumer.ts";
import { notOurs } from "../base/copies.ts";
import type { EngineClient } from "../base/engine_client.ts";
import { NotFoundError, UnsupportedError } from "../base/errors.ts";
import { Logger } from "../base/logger.ts";
import { type PairedRouter, pairOf } from "./pipe_pairs.ts";
import type { PipeTransport, PipeTransportOptions } from "../api/pipe_transport.ts";
import type { ProducerImpl } from "../media/producer.ts";
import type { Producer } from "../api/producer.ts";
import type { PipeToRouterOptions, PipeToRouterResult } from "../api/router.ts";
import {
  type PipeTransportRequest,
  toPipeMode,
  toPipeTransportRequest,
} from "../transport/transport_options.ts";

const logger = new Logger("Router");

/** A router as pipes see it. */
export interface PipeRouter extends PairedRouter {
  /** The workers that it may use: a pool's router uses all workers of the pool. */
  readonly clients: readonly EngineClient[];
  findProducer(id: string): ProducerImpl | undefined;
}

/** The method of every object that can be the target of a pipe. */
export const endOfPipe = Symbol("endOfPipe");

/** A router as an application passes it to `pipeToRouter()`. */
interface PipeTarget {
  [endOfPipe](): PipeRouter;
}

/**
 * The router at which pipes to `router` end.
 *
 * @throws TypeError Not a router of this module, or the one that the pipe comes from.
 */
export function toPipeEnd(router: unknown, from: unknown): PipeRouter {
  const isTarget = typeof router === "object" && router !== null && endOfPipe in router;
  if (!isTarget) throw notOurs(router, "router", "Router not found (router)");
  if (router === from) throw new TypeError("cannot use this Router as destination (router)");
  return (router as PipeTarget)[endOfPipe]();
}

/** Checked options of `pipeToRouter()`. */
export interface PipeOrder {
  producerId: string;
  keepId: boolean;
  /** For a new pair. Without `listenInfo` it is linked within the engine. */
  request: PipeTransportRequest;
}

/**
 * Checks all options but `router`.
 *
 * @throws TypeError A wrong option. UnsupportedError `enableSctp` or `dataProducerId`.
 */
export function toPipeOrder(options: PipeToRouterOptions): PipeOrder {
  const { listenInfo, listenIp, producerId, dataProducerId, keepId = true } = options;
  if (listenInfo !== undefined && listenIp !== undefined) {
    throw new TypeError("only one of listenInfo and listenIp must be given");
  }
  if (producerId === undefined && dataProducerId === undefined) {
    throw new TypeError("missing producerId or dataProducerId");
  }
  if (producerId !== undefined && dataProducerId !== undefined) {
    throw new TypeError("just producerId or dataProducerId can be given");
  }
  check.boolean(keepId, "keepId");
  const mode = toPipeMode(options);
  const isListening = listenInfo !== undefined || listenIp !== undefined;
  if (producerId === undefined) {
    check.text(dataProducerId as string, "dataProducerId");
    throw new UnsupportedError("data channels are not supported yet: dataProducerId");
  }
  check.text(producerId, "producerId");
  if (isListening) {
    return { producerId, keepId, request: toPipeTransportRequest(options as PipeTransportOptions) };
  }
  if (!mode.enableSrtp) return { producerId, keepId, request: mode };
  const loopback = { protocol: "udp", ip: "127.0.0.1" } as const;
  return { producerId, keepId, request: { ...mode, listenInfo: loopback } };
}

/** `router.pipeToRouter()` for the open router of one worker. Throws the errors of `pipe()` too. */
export async function pipeToRouter(
  from: PipeRouter,
  given: PipeToRouterOptions,
): Promise<PipeToRouterResult> {
  const options = check.fields(given, "options");
  const order = toPipeOrder(options);
  return await pipe(from, toPipeEnd(options.router, from), order);
}

/**
 * @throws TypeError `keepId` within one worker, or the target already has a producer with that id.
 * @throws NotFoundError The producer is unknown, or it or a part of the pipe was closed meanwhile.
 * @throws WorkerClosedError A worker is closed. UnsupportedError The target lacks the codec.
 * @throws Error No port is free.
 */
export async function pipe(
  from: PipeRouter,
  to: PipeRouter,
  { producerId, keepId, request }: PipeOrder,
): Promise<PipeToRouterResult> {
  const producer = from.findProducer(producerId);
  if (!producer) throw new NotFoundError(`Producer with id "${producerId}" not found`);
  if (keepId && from.clients.some((client) => to.clients.includes(client))) {
    throw new TypeError("keepId must be false when both Routers belong to the same Worker");
  }
  const { [from.id]: local, [to.id]: remote } = await pairOf(from, to, request);
  return await pipeThrough(producer, local, remote, keepId);
}

async function pipeThrough(
  producer: ProducerImpl,
  local: PipeTransport,
  remote: PipeTransport,
  keepId: boolean,
): Promise<PipeToRouterResult> {
  let pipeConsumer: Consumer | undefined;
  let pipeProducer: Producer | undefined;
  try {
    const { id: producerId, appData } = producer;
    pipeConsumer = await local.consume({ producerId, appData });
    pipeProducer = await remote.produce({
      id: keepId ? producerId : undefined,
      kind: pipeConsumer.kind,
      rtpParameters: pipeConsumer.rtpParameters,
      paused: pipeConsumer.producerPaused,
      appData,
    });
    // Listeners ran meanwhile and may have closed or paused anything.
    if (producer.closed) throw new NotFoundError("original Producer closed");
    if (pipeConsumer.closed || pipeProducer.closed) throw new NotFoundError("pipe closed");
    if (pipeProducer.paused !== producer.paused) {
      await (producer.paused ? pipeProducer.pause() : pipeProducer.resume());
    }
    mirror(pipeConsumer, pipeProducer);
    return { pipeConsumer, pipeProducer };
  } catch (error) {
    logger.error(`pipeToRouter() | error creating pipe Consumer/Producer pair: ${error}`);
    pipeConsumer?.close();
    pipeProducer?.close();
    throw error;
  }
}

/** Copies pausing, resuming and closing from each end of a pipe to the other. */
export function mirror(pipeConsumer: Consumer, pipeProducer: Producer): void {
  // pause() and resume() have done their work, observers included, when they return. The flag therefore
  // tells a change by the application from the echo of one that is being mirrored. An echo would leave
  // pipeConsumer paused by itself, so that the original producer's resume() would not resume it.
  let mirroring = false;
  const copy = (change: () => Promise<void>): void => {
    if (mirroring) return;
    mirroring = true;
    // The other end has closed; its own event will follow.
    change().catch((error) => logger.debug(`pipeToRouter() | not mirrored: ${error}`));
    mirroring = false;
  };
  pipeConsumer.observer.on("close", () => pipeProducer.close());
  pipeConsumer.observer.on("pause", () => copy(() => pipeProducer.pause()));
  pipeConsumer.observer.on("resume", () => copy(() => pipeProducer.resume()));
  pipeProducer.observer.on("close", () => pipeConsumer.close());
  pipeProducer.observer.on("pause", () => copy(() => pipeConsumer.pause()));
  pipeProducer.observer.on("resume", () => copy(() => pipeConsumer.resume()));
}

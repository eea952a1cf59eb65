/**
 * `router.pipeToRouter()`: a producer of one router becomes one of another. The first call between two
 * routers makes a pair of pipe transports, which all later calls share, of either direction. Both
 * routers belong to workers of this process, so the pair is linked within the engine; it goes over UDP
 * when the caller says where to listen or wants encryption.
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
  /** More than one of a pool's router, which may have parts on all of them. */
  readonly clients: readonly EngineClient[];
  findProducer(id: string): ProducerImpl | undefined;
}

/** Names the method of whatever can be piped to. */
export const endOfPipe = Symbol("endOfPipe");

/** A router as an application gives it to be piped to. */
interface PipeTarget {
  [endOfPipe](): PipeRouter;
}

/**
 * Where pipes to `router` end.
 *
 * @throws TypeError Not a router of ours, or the one that the pipe comes from.
 */
export function toPipeEnd(router: unknown, from: unknown): PipeRouter {
  const isTarget = typeof router === "object" && router !== null && endOfPipe in router;
  if (!isTarget) throw notOurs(router, "router", "Router not found (router)");
  if (router === from) throw new TypeError("cannot use this Router as destination (router)");
  return (router as PipeTarget)[endOfPipe]();
}

/** Options of `pipeToRouter()` that were checked. */
export interface PipeOrder {
  producerId: string;
  keepId: boolean;
  /** For the pair, if there is none yet. Without `listenInfo` it is to be linked. */
  request: PipeTransportRequest;
}

/**
 * All but `router`.
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

/** `router.pipeToRouter()` of one worker's router, which is open. The errors are those of `pipe()`. */
export async function pipeToRouter(
  from: PipeRouter,
  given: PipeToRouterOptions,
): Promise<PipeToRouterResult> {
  const options = check.fields(given, "options");
  const order = toPipeOrder(options);
  return await pipe(from, toPipeEnd(options.router, from), order);
}

/**
 * @throws TypeError `keepId` within one worker, or the target has a producer of that id already.
 * @throws NotFoundError The producer is unknown or was closed meanwhile, or something on the way was.
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
    // Listeners ran meanwhile, and may have closed or paused anything.
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

/** What happens at one end of a pipe happens at the other. */
export function mirror(pipeConsumer: Consumer, pipeProducer: Producer): void {
  // The work of pause() and resume() is done when the call returns, observers included: so this tells
  // a change of the application from the echo of one that is being mirrored. An echo would leave
  // pipeConsumer paused by itself, and deaf to the original producer's resume().
  let mirroring = false;
  const copy = (change: () => Promise<void>): void => {
    if (mirroring) return;
    mirroring = true;
    // The other end closed: its own event is on the way.
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

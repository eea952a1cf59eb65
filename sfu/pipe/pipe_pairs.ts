/**
 * Pairs of pipe transports that join two routers. Two routers share one pair, for any number of
 * producers and in both directions.
 */
import type { AppData } from "../api/common.ts";
import { NotFoundError } from "../base/errors.ts";
import { Logger } from "../base/logger.ts";
import type { PipeTransportImpl } from "./pipe_transport.ts";
import type { PipeTransport } from "../api/pipe_transport.ts";
import type { PipeTransportPair } from "../api/router.ts";
import type { SrtpParameters } from "../api/srtp_parameters.ts";
import type { PipeTransportRequest } from "../transport/transport_options.ts";

const logger = new Logger("Router");

/** A router as its pairs see it. */
export interface PairedRouter {
  readonly id: string;
  readonly pipePairs: PipePairs;
  openPipeTransport(request: PipeTransportRequest, appData: AppData): PipeTransportImpl;
}

/** The pairs of one router. Each pair is registered with the routers at both of its ends. */
export class PipePairs {
  readonly #routerId: string;
  readonly #pairs = new Map<string, Promise<PipeTransportPair>>();

  constructor(routerId: string) {
    this.#routerId = routerId;
  }

  /** @throws Error There is one already. */
  add(otherId: string, pair: Promise<PipeTransportPair>): void {
    if (this.#pairs.has(otherId)) {
      throw new Error("given pipeTransportPairKey already exists in this Router");
    }
    this.#pairs.set(otherId, pair);
    const forget = (): void => {
      if (this.#pairs.get(otherId) === pair) this.#pairs.delete(otherId);
    };
    // Registered before anyone can await the pair: after a failure, a retry is possible at once.
    pair.then(({ [this.#routerId]: transport }) => {
      if (transport.closed) forget();
      else transport.observer.once("close", forget);
    }, forget);
  }

  find(otherId: string): Promise<PipeTransportPair> | undefined {
    return this.#pairs.get(otherId);
  }
}

/**
 * Returns the pair that joins two routers, or makes one.
 *
 * @param request For a new pair. Without `listenInfo` it is linked within the engine.
 */
export function pairOf(
  from: PairedRouter,
  to: PairedRouter,
  request: PipeTransportRequest,
): Promise<PipeTransportPair> {
  const known = from.pipePairs.find(to.id);
  if (known) return known;
  const pair = openPair(from, to, request);
  from.pipePairs.add(to.id, pair);
  to.pipePairs.add(from.id, pair);
  return pair;
}

/** When it rejects, it has closed everything that it made. */
async function openPair(
  from: PairedRouter,
  to: PairedRouter,
  request: PipeTransportRequest,
): Promise<PipeTransportPair> {
  const made: PipeTransportImpl[] = [];
  try {
    for (const router of [from, to]) made.push(router.openPipeTransport(request, {}));
    const [local, remote] = made;
    if (request.listenInfo) {
      const ip = reachable(request.listenInfo.ip);
      await Promise.all([
        local.connect({ ip, ...portAndKey(remote) }),
        remote.connect({ ip, ...portAndKey(local) }),
      ]);
    } else {
      local.linkTo(remote);
    }
    tie(local, remote);
    return { [from.id]: local as PipeTransport, [to.id]: remote as PipeTransport };
  } catch (error) {
    logger.error(`pipeToRouter() | error creating PipeTransport pair: ${error}`);
    for (const transport of made) transport.close();
    throw error;
  }
}

/** Makes each end close with the other. @throws NotFoundError One is already closed. */
export function tie(local: PipeTransportImpl, remote: PipeTransportImpl): void {
  for (const [one, other] of [[local, remote], [remote, local]]) {
    if (one.closed) throw new NotFoundError("a PipeTransport of the pair was closed");
    one.observer.on("close", () => other.close());
  }
}

/** The address where both ends reach each other. The announced one may lead through a NAT. */
function reachable(ip: string): string {
  return ({ "0.0.0.0": "127.0.0.1", "::": "::1" })[ip] ?? ip;
}

function portAndKey(
  transport: PipeTransportImpl,
): { port: number; srtpParameters?: SrtpParameters } {
  const { tuple, srtpParameters } = transport;
  return { port: tuple.localPort, srtpParameters };
}

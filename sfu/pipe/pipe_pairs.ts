/**
 * Pairs of pipe transports that join two routers: one pair for two routers, however many producers
 * pass through it and in whichever direction.
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

/** The pairs of one router, which both of its ends know. */
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
    // Registered before anybody waits for the pair: who sees it fail can try again at once.
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
 * The pair of two routers, made if there is none.
 *
 * @param request For a new pair; one without `listenInfo` is linked within the engine.
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

/** Rejects only when nothing is left of what it made. */
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

/** Neither end lives without the other. @throws NotFoundError One is closed already. */
export function tie(local: PipeTransportImpl, remote: PipeTransportImpl): void {
  for (const [one, other] of [[local, remote], [remote, local]]) {
    if (one.closed) throw new NotFoundError("a PipeTransport of the pair was closed");
    one.observer.on("close", () => other.close());
  }
}

/** Where both ends reach each other: not at what they announce, which may lead around a NAT. */
function reachable(ip: string): string {
  return ({ "0.0.0.0": "127.0.0.1", "::": "::1" })[ip] ?? ip;
}

function portAndKey(
  transport: PipeTransportImpl,
): { port: number; srtpParameters?: SrtpParameters } {
  const { tuple, srtpParameters } = transport;
  return { port: tuple.localPort, srtpParameters };
}

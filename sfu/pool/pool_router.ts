/**
 * The router of a pool: one router to the application, a part of it on each worker that has some of
 * its transports. Made by `pool.createRouter()`.
 */
import { answerCanConsume } from "../router/can_consume.ts";
import * as check from "../base/check.ts";
import type { AppData } from "../api/common.ts";
import type { ConsumerImpl } from "../media/consumer.ts";
import type { DirectTransport, DirectTransportOptions } from "../api/direct_transport.ts";
import type { EngineLink } from "../base/engine_client.ts";
import { NotFoundError } from "../base/errors.ts";
import { Logger } from "../base/logger.ts";
import { PipePairs } from "../pipe/pipe_pairs.ts";
import {
  endOfPipe,
  pipe,
  type PipeRouter,
  toPipeEnd,
  toPipeOrder,
} from "../pipe/pipe_to_router.ts";
import type { PipeTransport, PipeTransportOptions } from "../api/pipe_transport.ts";
import type { PlainTransport, PlainTransportOptions } from "../api/plain_transport.ts";
import { type MemberParent, PoolMember } from "./pool_member.ts";
import { PoolPipes } from "./pool_pipes.ts";
import { mergeRouterDumps } from "./pool_router_dump.ts";
import { PoolRouterObservers } from "./pool_router_observers.ts";
import type { ProducerImpl } from "../media/producer.ts";
import { toRouterRtpCapabilities } from "../router/router_options.ts";
import type {
  PipeToRouterOptions,
  PipeToRouterResult,
  PipeTransportPair,
  Router,
  RouterDump,
} from "../api/router.ts";
import type { RouterRtpCodecCapability, RtpCapabilities } from "../api/rtp_parameters.ts";
import type { Transport } from "../api/transport.ts";
import * as utils from "../base/utils.ts";
import { serverAt, toListenServer } from "../worker/web_rtc_server.ts";
import type { WebRtcTransport, WebRtcTransportOptions } from "../api/web_rtc_transport.ts";
import type { WorkerImpl } from "../worker/worker.ts";

const logger = new Logger("Router");

/** The pool as its routers see it. */
export interface PoolRouterParent {
  readonly links: readonly EngineLink[];
  /** @throws WorkerClosedError There is no worker left. */
  leastLoaded(suits: (link: EngineLink) => boolean): WorkerImpl;
  routerClosed(router: PoolRouterImpl): void;
}

export class PoolRouterImpl<Data extends AppData = AppData> extends PoolRouterObservers<Data>
  implements Router<Data>, MemberParent {
  readonly #parent: PoolRouterParent;
  readonly #members = new Map<WorkerImpl, PoolMember>();
  readonly #pipes = new PoolPipes();
  /** Of `addPipeTransportPair()` alone; the parts have their own. */
  readonly #pairs = new PipePairs(this.id);
  #rtpCapabilities: RtpCapabilities;

  constructor(appData: Data, rtpCapabilities: RtpCapabilities, parent: PoolRouterParent) {
    super(appData);
    this.#rtpCapabilities = rtpCapabilities;
    this.#parent = parent;
  }

  get rtpCapabilities(): RtpCapabilities {
    return utils.clone(this.#rtpCapabilities);
  }

  /** @private For its parts: not a copy, not to be changed. */
  get sharedRtpCapabilities(): RtpCapabilities {
    return this.#rtpCapabilities;
  }

  /** @private For pipes: it may come to be on any worker of the pool. */
  get links(): readonly EngineLink[] {
    return this.#parent.links;
  }

  close(): void {
    if (!this.markClosed()) return;
    logger.debug("close()");
    this.closeRtpObservers();
    for (const member of [...this.#members.values()]) member.close();
    this.#parent.routerClosed(this as unknown as PoolRouterImpl);
    this.observer.safeEmit("close");
  }

  workerClosed(): void {
    if (!this.markClosed()) return;
    logger.debug("workerClosed()");
    this.closeRtpObservers();
    for (const member of [...this.#members.values()]) member.workerClosed();
    this.safeEmit("workerclose");
    this.observer.safeEmit("close");
  }

  /** Without what the pool made by itself: pipes between its workers. */
  async dump(): Promise<RouterDump> {
    logger.debug("dump()");
    this.assertOpen();
    const dumps = await Promise.all(Array.from(this.#members.values(), (member) => member.dump()));
    return mergeRouterDumps(this.id, dumps, (id) => this.#pipes.isHidden(id));
  }

  async createWebRtcTransport<D extends AppData = AppData>(
    options: WebRtcTransportOptions<D>,
  ): Promise<WebRtcTransport<D>> {
    this.assertOpen();
    const webRtcServer = check.fields(options, "options").webRtcServer;
    if (!webRtcServer) return this.place().createWebRtcTransport<D>(options);
    const server = toListenServer(webRtcServer);
    const member = this.place((link) => server[serverAt](link) !== undefined);
    return member.createWebRtcTransport<D>(options);
  }

  async createPlainTransport<D extends AppData = AppData>(
    options: PlainTransportOptions<D>,
  ): Promise<PlainTransport<D>> {
    return this.place().createPlainTransport<D>(options);
  }

  async createPipeTransport<D extends AppData = AppData>(
    options: PipeTransportOptions<D>,
  ): Promise<PipeTransport<D>> {
    return this.place().createPipeTransport<D>(options);
  }

  async createDirectTransport<D extends AppData = AppData>(
    options?: DirectTransportOptions<D>,
  ): Promise<DirectTransport<D>> {
    const router: Router = this.place();
    return router.createDirectTransport<D>(options);
  }

  async pipeToRouter(given: PipeToRouterOptions): Promise<PipeToRouterResult> {
    logger.debug("pipeToRouter()");
    this.assertOpen();
    const options = check.fields(given, "options");
    const order = toPipeOrder(options);
    const to = toPipeEnd(options.router, this);
    const { producerId } = order;
    const home = this.#pipes.homeOf(producerId);
    if (!home) throw new NotFoundError(`Producer with id "${producerId}" not found`);
    return await pipe(home, to, order);
  }

  /** @private For pipes to this router: its producers are found from everywhere. */
  [endOfPipe](): PipeRouter {
    return this.place();
  }

  /** @private For the other router of a pipe. */
  addPipeTransportPair(routerId: string, pair: Promise<PipeTransportPair>): void {
    this.#pairs.add(routerId, pair);
  }

  canConsume(options: { producerId: string; rtpCapabilities: RtpCapabilities }): boolean {
    return answerCanConsume(options, this, logger);
  }

  updateMediaCodecs(mediaCodecs: RouterRtpCodecCapability[]): void {
    logger.debug("updateMediaCodecs()");
    this.#rtpCapabilities = toRouterRtpCapabilities(mediaCodecs);
  }

  // ---- For its parts and observers -----------------------------------------------------------

  /** @private The part on the least loaded worker that will do, made if there is none. */
  place(suits: (link: EngineLink) => boolean = () => true): PoolMember {
    this.assertOpen();
    const worker = this.#parent.leastLoaded(suits);
    const known = this.#members.get(worker);
    if (known) return known;
    const member = worker.openRouter((init) =>
      new PoolMember({ ...init, appData: this.appData }, worker, this)
    );
    member.observer.on("newtransport", (transport: Transport) => {
      this.observer.safeEmit("newtransport", transport);
    });
    member.observer.once("close", () => this.#members.delete(worker));
    this.#members.set(worker, member);
    return member;
  }

  /** @private */
  findProducer(id: string): ProducerImpl | undefined {
    return this.#pipes.find(id);
  }

  /** @private */
  reachProducer(id: string, member: PoolMember): ProducerImpl | undefined {
    return this.#pipes.reach(id, member);
  }

  /** @private */
  holdProducer(id: string, member: PoolMember): (() => void) | undefined {
    const producer = this.#pipes.reach(id, member);
    return producer && this.#pipes.hold(producer);
  }

  /** @private */
  producerOpened(producer: ProducerImpl, member: PoolMember): void {
    this.#pipes.add(producer, member, this.#rtpCapabilities);
  }

  /** @private */
  producerClosed(producer: ProducerImpl): void {
    this.#pipes.remove(producer);
  }

  /** @private */
  consumerOpened(consumer: ConsumerImpl, producer: ProducerImpl): void {
    const letGo = this.#pipes.hold(producer);
    if (letGo) consumer.observer.once("close", letGo);
  }

  /** @private */
  memberClosing(member: PoolMember): void {
    this.#pipes.removeMember(member);
  }
}

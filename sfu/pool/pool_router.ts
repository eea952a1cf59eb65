/**
 * The router of a pool: one router for the application, with a part on each worker that has some of its
 * transports. Made by `pool.createRouter()`.
 */
import { randomUUID } from "node:crypto";
import type {
  ActiveSpeakerObserver,
  ActiveSpeakerObserverOptions,
} from "../api/active_speaker_observer.ts";
import { ApiObject } from "../base/api_object.ts";
import type { AudioLevelObserver, AudioLevelObserverOptions } from "../api/audio_level_observer.ts";
import { answerCanConsume } from "../router/can_consume.ts";
import * as check from "../base/check.ts";
import type { AppData } from "../api/common.ts";
import type { DirectTransport, DirectTransportOptions } from "../api/direct_transport.ts";
import type { EngineClient } from "../base/engine_client.ts";
import { NotFoundError, WorkerClosedError } from "../base/errors.ts";
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
import { type ObservedPoolRouter, PoolRouterObservers } from "./pool_router_observers.ts";
import type { AnyPoolRtpObserver } from "./pool_rtp_observer.ts";
import type { ProducerImpl } from "../media/producer.ts";
import { toRouterRtpCapabilities } from "../router/router_options.ts";
import type {
  PipeToRouterOptions,
  PipeToRouterResult,
  PipeTransportPair,
  Router,
  RouterDump,
  RouterEvents,
  RouterObserverEvents,
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
  readonly clients: readonly EngineClient[];
  /** @throws WorkerClosedError No worker is left. */
  leastLoaded(suits: (client: EngineClient) => boolean): WorkerImpl;
  routerClosed(router: PoolRouterImpl): void;
}

export class PoolRouterImpl<Data extends AppData = AppData>
  extends ApiObject<Data, RouterEvents, RouterObserverEvents>
  implements Router<Data>, MemberParent, ObservedPoolRouter {
  readonly #id = randomUUID();
  readonly #parent: PoolRouterParent;
  readonly #members = new Map<WorkerImpl, PoolMember>();
  /** @private For its parts. */
  readonly pipes = new PoolPipes();
  /** Only for `addPipeTransportPair()`; the parts have their own pairs. */
  readonly #pairs = new PipePairs(this.#id);
  readonly #rtpObservers = new PoolRouterObservers(this);
  #rtpCapabilities: RtpCapabilities;

  constructor(appData: Data, rtpCapabilities: RtpCapabilities, parent: PoolRouterParent) {
    super(appData, logger);
    this.#rtpCapabilities = rtpCapabilities;
    this.#parent = parent;
  }

  get id(): string {
    return this.#id;
  }

  get rtpCapabilities(): RtpCapabilities {
    return utils.clone(this.#rtpCapabilities);
  }

  /** @private For its parts. Not a copy: do not change it. */
  get sharedRtpCapabilities(): RtpCapabilities {
    return this.#rtpCapabilities;
  }

  /** @private For pipes: it may use any worker of the pool. */
  get clients(): readonly EngineClient[] {
    return this.#parent.clients;
  }

  close(): void {
    if (!this.markClosed()) return;
    logger.debug("close()");
    this.#rtpObservers.close();
    for (const member of [...this.#members.values()]) member.close();
    this.#parent.routerClosed(this as PoolRouterImpl);
    this.observe("close");
  }

  workerClosed(): void {
    if (!this.markClosed()) return;
    logger.debug("workerClosed()");
    this.#rtpObservers.close();
    for (const member of [...this.#members.values()]) member.workerClosed();
    this.safeEmit("workerclose");
    this.observe("close");
  }

  /** Leaves out the pipes between workers, which the pool makes by itself. */
  async dump(): Promise<RouterDump> {
    logger.debug("dump()");
    this.assertOpen();
    const dumps = await Promise.all(Array.from(this.#members.values(), (member) => member.dump()));
    return mergeRouterDumps(this.id, dumps, (id) => this.pipes.isHidden(id));
  }

  async createWebRtcTransport<D extends AppData = AppData>(
    options: WebRtcTransportOptions<D>,
  ): Promise<WebRtcTransport<D>> {
    this.assertOpen();
    const webRtcServer = check.fields(options, "options").webRtcServer;
    if (!webRtcServer) return this.place().createWebRtcTransport<D>(options);
    const server = toListenServer(webRtcServer);
    const member = this.place((client) => server[serverAt](client) !== undefined);
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

  async createActiveSpeakerObserver<D extends AppData = AppData>(
    options: ActiveSpeakerObserverOptions<D> = {},
  ): Promise<ActiveSpeakerObserver<D>> {
    logger.debug("createActiveSpeakerObserver()");
    const rtpObserver = this.#rtpObservers.openActiveSpeakerObserver<D>(options);
    this.observe("newrtpobserver", rtpObserver as AnyPoolRtpObserver);
    return rtpObserver;
  }

  async createAudioLevelObserver<D extends AppData = AppData>(
    options: AudioLevelObserverOptions<D> = {},
  ): Promise<AudioLevelObserver<D>> {
    logger.debug("createAudioLevelObserver()");
    const rtpObserver = this.#rtpObservers.openAudioLevelObserver<D>(options);
    this.observe("newrtpobserver", rtpObserver as AnyPoolRtpObserver);
    return rtpObserver;
  }

  async pipeToRouter(given: PipeToRouterOptions): Promise<PipeToRouterResult> {
    logger.debug("pipeToRouter()");
    this.assertOpen();
    const options = check.fields(given, "options");
    const order = toPipeOrder(options);
    const to = toPipeEnd(options.router, this);
    const { producerId } = order;
    const home = this.pipes.homeOf(producerId);
    if (!home) throw new NotFoundError(`Producer with id "${producerId}" not found`);
    return await pipe(home, to, order);
  }

  /** @private For pipes to this router: any part will do, since all parts share their producers. */
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

  // For its parts and observers:

  /** @private @throws WorkerClosedError All workers are closed. NotFoundError This router is closed. */
  assertOpen(): void {
    if (this.clients.length === 0) throw new WorkerClosedError("Worker closed");
    if (this.closed) throw new NotFoundError(`Router with id "${this.#id}" is closed`);
  }

  /** @private */
  rtpObserverClosed(rtpObserver: AnyPoolRtpObserver): void {
    this.#rtpObservers.delete(rtpObserver);
  }

  /** @private The part on the least loaded suitable worker; it is made if necessary. */
  place(suits: (client: EngineClient) => boolean = () => true): PoolMember {
    this.assertOpen();
    const worker = this.#parent.leastLoaded(suits);
    const known = this.#members.get(worker);
    if (known) return known;
    const member = worker.openRouter((init) =>
      new PoolMember({ ...init, appData: this.appData }, worker, this)
    );
    member.observer.on("newtransport", (transport: Transport) => {
      this.observe("newtransport", transport);
    });
    member.observer.once("close", () => this.#members.delete(worker));
    this.#members.set(worker, member);
    return member;
  }

  /** @private */
  findProducer(id: string): ProducerImpl | undefined {
    return this.pipes.find(id);
  }

  /** @private */
  holdProducer(id: string, member: PoolMember): (() => void) | undefined {
    return this.pipes.holdAt(id, member);
  }
}

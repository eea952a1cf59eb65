/** The router: where producers and consumers meet. Made by `worker.createRouter()`. */
import type {
  ActiveSpeakerObserver,
  ActiveSpeakerObserverOptions,
} from "../api/active_speaker_observer.ts";
import type { AudioLevelObserver, AudioLevelObserverOptions } from "../api/audio_level_observer.ts";
import { answerCanConsume } from "./can_consume.ts";
import * as check from "../base/check.ts";
import type { AppData } from "../api/common.ts";
import type { DataProducerImpl } from "../data/data_producer.ts";
import type { DirectTransport, DirectTransportOptions } from "../api/direct_transport.ts";
import { type EngineRouterDump, toRouterDump } from "../base/dumps.ts";
import { type EngineClient, Method } from "../base/engine_client.ts";
import { Entity, type EntityInit } from "../base/entity.ts";
import { Logger } from "../base/logger.ts";
import {
  openDirectTransport,
  openPipeTransport,
  openPlainTransport,
  openWebRtcTransport,
} from "./open_transports.ts";
import { PipePairs } from "../pipe/pipe_pairs.ts";
import { endOfPipe, type PipeRouter, pipeToRouter } from "../pipe/pipe_to_router.ts";
import type { PipeTransportImpl } from "../pipe/pipe_transport.ts";
import type { PipeTransport, PipeTransportOptions } from "../api/pipe_transport.ts";
import type { PlainTransport, PlainTransportOptions } from "../api/plain_transport.ts";
import type { ProducerImpl } from "../media/producer.ts";
import { type ObservedRouter, RouterObservers } from "./router_observers.ts";
import { toRouterRtpCapabilities } from "./router_options.ts";
import type {
  PipeToRouterOptions,
  PipeToRouterResult,
  PipeTransportPair,
  Router,
  RouterDump,
  RouterEvents,
  RouterObserverEvents,
} from "../api/router.ts";
import type { AnyRtpObserver } from "../observers/rtp_observer.ts";
import type { RtpObserver } from "../api/rtp_observer.ts";
import type { RouterRtpCodecCapability, RtpCapabilities } from "../api/rtp_parameters.ts";
import type { AnyTransport, TransportParent } from "../transport/transport.ts";
import {
  type PipeTransportRequest,
  toPipeTransportRequest,
} from "../transport/transport_options.ts";
import type { Transport } from "../api/transport.ts";
import * as utils from "../base/utils.ts";
import type { WebRtcTransport, WebRtcTransportOptions } from "../api/web_rtc_transport.ts";

const logger = new Logger("Router");

/** The worker as its routers see it. */
export interface RouterParent {
  routerClosed(router: RouterImpl): void;
}

export class RouterImpl<Data extends AppData = AppData>
  extends Entity<Data, RouterEvents, RouterObserverEvents>
  implements Router<Data>, TransportParent, PipeRouter, ObservedRouter {
  /** @private For its transports. */
  readonly dataProducers = new Map<string, DataProducerImpl>();
  /** @private For pipes. */
  readonly pipePairs = new PipePairs(this.id);
  /** @private For a pool's router. */
  readonly rtpObservers = new RouterObservers(this);
  readonly #parent: RouterParent;
  readonly #transports = new Set<AnyTransport>();
  readonly #producers = new Map<string, ProducerImpl>();
  #rtpCapabilities: RtpCapabilities;

  constructor(init: EntityInit<Data>, rtpCapabilities: RtpCapabilities, parent: RouterParent) {
    super(init, logger);
    this.#rtpCapabilities = rtpCapabilities;
    this.#parent = parent;
  }

  get rtpCapabilities(): RtpCapabilities {
    return utils.clone(this.sharedRtpCapabilities);
  }

  /** @private For its transports. Not a copy: do not change it. */
  get sharedRtpCapabilities(): RtpCapabilities {
    return this.#rtpCapabilities;
  }

  close(): void {
    if (!this.markClosed()) return;
    logger.debug("close()");
    this.client.release(Method.ROUTER_CLOSE, this.engineId);
    this.#closeChildren();
    this.#parent.routerClosed(this as RouterImpl);
    this.observe("close");
  }

  workerClosed(): void {
    if (!this.markClosed()) return;
    logger.debug("workerClosed()");
    this.#closeChildren();
    this.safeEmit("workerclose");
    this.observe("close");
  }

  async dump(): Promise<RouterDump> {
    logger.debug("dump()");
    return toRouterDump(this.client, this.id, this.call<EngineRouterDump>(Method.ROUTER_DUMP));
  }

  async createWebRtcTransport<D extends AppData = AppData>(
    options: WebRtcTransportOptions<D>,
  ): Promise<WebRtcTransport<D>> {
    logger.debug("createWebRtcTransport()");
    const { transport, webRtcServer } = openWebRtcTransport<D>(this, options);
    this.#add(transport);
    webRtcServer?.handleWebRtcTransport(transport as WebRtcTransport);
    return transport;
  }

  async createPlainTransport<D extends AppData = AppData>(
    options: PlainTransportOptions<D>,
  ): Promise<PlainTransport<D>> {
    logger.debug("createPlainTransport()");
    return this.#add(openPlainTransport<D>(this, options));
  }

  async createPipeTransport<D extends AppData = AppData>(
    options: PipeTransportOptions<D>,
  ): Promise<PipeTransport<D>> {
    logger.debug("createPipeTransport()");
    this.assertOpen();
    const request = toPipeTransportRequest(options);
    return this.openPipeTransport<D>(request, check.appData<D>(options.appData));
  }

  /** @private Also for pipes between routers, which need no address. */
  openPipeTransport<D extends AppData>(
    request: PipeTransportRequest,
    appData: D,
    parent: TransportParent = this,
  ): PipeTransportImpl<D> {
    const transport = openPipeTransport<D>(this, request, appData, parent);
    if (parent === this) return this.#add(transport);
    this.#transports.add(transport); // Only the parent knows of it: no event.
    return transport;
  }

  async createDirectTransport<D extends AppData = AppData>(
    options: DirectTransportOptions<D> = {},
  ): Promise<DirectTransport<D>> {
    logger.debug("createDirectTransport()");
    return this.#add(openDirectTransport<D>(this, options));
  }

  async createActiveSpeakerObserver<D extends AppData = AppData>(
    options: ActiveSpeakerObserverOptions<D> = {},
  ): Promise<ActiveSpeakerObserver<D>> {
    logger.debug("createActiveSpeakerObserver()");
    return this.rtpObservers.openActiveSpeakerObserver<D>(options);
  }

  async createAudioLevelObserver<D extends AppData = AppData>(
    options: AudioLevelObserverOptions<D> = {},
  ): Promise<AudioLevelObserver<D>> {
    logger.debug("createAudioLevelObserver()");
    return this.rtpObservers.openAudioLevelObserver<D>(options);
  }

  async pipeToRouter(options: PipeToRouterOptions): Promise<PipeToRouterResult> {
    logger.debug("pipeToRouter()");
    this.assertOpen();
    return await pipeToRouter(this, options);
  }

  /** @private For pipes to this router. */
  [endOfPipe](): PipeRouter {
    return this;
  }

  /** @private For pipes: the workers that it may use. */
  get clients(): readonly EngineClient[] {
    return [this.client];
  }

  /** @private For pipeToRouter() of the other router. */
  addPipeTransportPair(routerId: string, pair: Promise<PipeTransportPair>): void {
    this.pipePairs.add(routerId, pair);
  }

  canConsume(options: { producerId: string; rtpCapabilities: RtpCapabilities }): boolean {
    return answerCanConsume(options, this, logger);
  }

  updateMediaCodecs(mediaCodecs: RouterRtpCodecCapability[]): void {
    logger.debug("updateMediaCodecs()");
    this.#rtpCapabilities = toRouterRtpCapabilities(mediaCodecs);
  }

  /** @private For its transports. */
  findProducer(id: string): ProducerImpl | undefined {
    return this.#producers.get(id);
  }

  /** @private For its transports and observers. */
  reachProducer(id: string): ProducerImpl | undefined {
    return this.findProducer(id);
  }

  /** @private For its transports. */
  producerOpened(producer: ProducerImpl): void {
    this.#producers.set(producer.id, producer);
  }

  /** @private For its transports. */
  producerClosed(producer: ProducerImpl): void {
    this.#producers.delete(producer.id);
  }

  /** @private For its transports. */
  transportClosed(transport: AnyTransport): void {
    this.#transports.delete(transport);
  }

  /** @private For its observers. */
  rtpObserverOpened(rtpObserver: AnyRtpObserver): void {
    this.observe("newrtpobserver", rtpObserver as RtpObserver);
  }

  /** @private For its observers. */
  rtpObserverClosed(rtpObserver: AnyRtpObserver): void {
    this.rtpObservers.delete(rtpObserver);
  }

  handleEngineEvent(type: number): void {
    logger.error(`ignoring unknown event "${type}"`);
  }

  #add<T extends AnyTransport>(transport: T): T {
    this.#transports.add(transport);
    this.observe("newtransport", transport as Transport);
    return transport;
  }

  #closeChildren(): void {
    for (const transport of this.#transports) transport.routerClosed();
    this.#transports.clear();
    this.#producers.clear();
    this.dataProducers.clear();
    this.rtpObservers.close();
  }
}

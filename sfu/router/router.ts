/** The router: where producers and consumers meet. Made by `worker.createRouter()`. */
import { answerCanConsume } from "./can_consume.ts";
import * as check from "../base/check.ts";
import type { AppData } from "../api/common.ts";
import type { DataProducerImpl } from "../data/data_producer.ts";
import { DirectTransportImpl } from "../transport/direct_transport.ts";
import type { DirectTransport, DirectTransportOptions } from "../api/direct_transport.ts";
import { type EngineRouterDump, toRouterDump } from "../base/dumps.ts";
import { type EngineLink, Method } from "../base/engine_client.ts";
import type { EntityInit } from "../base/entity.ts";
import { Logger } from "../base/logger.ts";
import { PipePairs } from "../pipe/pipe_pairs.ts";
import {
  endOfPipe,
  pipe,
  type PipeRouter,
  toPipeEnd,
  toPipeOrder,
} from "../pipe/pipe_to_router.ts";
import { type EnginePipeTransport, PipeTransportImpl } from "../pipe/pipe_transport.ts";
import type { PipeTransport, PipeTransportOptions } from "../api/pipe_transport.ts";
import { type EnginePlainTransport, PlainTransportImpl } from "../transport/plain_transport.ts";
import type { PlainTransport, PlainTransportOptions } from "../api/plain_transport.ts";
import type { ProducerImpl } from "../media/producer.ts";
import { RouterObservers } from "./router_observers.ts";
import { toRouterRtpCapabilities } from "./router_options.ts";
import type {
  PipeToRouterOptions,
  PipeToRouterResult,
  PipeTransportPair,
  Router,
  RouterDump,
} from "../api/router.ts";
import type { RouterRtpCodecCapability, RtpCapabilities } from "../api/rtp_parameters.ts";
import type { AnyTransport, TransportParent } from "../transport/transport.ts";
import {
  type PipeTransportRequest,
  toDirectTransportRequest,
  toPipeTransportRequest,
  toPlainTransportRequest,
  toWebRtcTransportRequest,
} from "../transport/transport_options.ts";
import type { Transport } from "../api/transport.ts";
import * as utils from "../base/utils.ts";
import { type EngineWebRtcTransport, WebRtcTransportImpl } from "../transport/web_rtc_transport.ts";
import type { WebRtcTransport, WebRtcTransportOptions } from "../api/web_rtc_transport.ts";

const logger = new Logger("Router");

/** The worker as its routers see it. */
export interface RouterParent {
  routerClosed(router: RouterImpl): void;
}

export class RouterImpl<Data extends AppData = AppData> extends RouterObservers<Data>
  implements Router<Data>, TransportParent, PipeRouter {
  /** @private For its transports. */
  readonly dataProducers = new Map<string, DataProducerImpl>();
  /** @private For pipes. */
  readonly pipePairs = new PipePairs(this.id);
  readonly #parent: RouterParent;
  readonly #transports = new Set<AnyTransport>();
  readonly #producers = new Map<string, ProducerImpl>();
  #rtpCapabilities: RtpCapabilities;

  constructor(init: EntityInit<Data>, rtpCapabilities: RtpCapabilities, parent: RouterParent) {
    super(init);
    this.#rtpCapabilities = rtpCapabilities;
    this.#parent = parent;
  }

  get rtpCapabilities(): RtpCapabilities {
    return utils.clone(this.sharedRtpCapabilities);
  }

  /** @private For its transports: not a copy, not to be changed. */
  get sharedRtpCapabilities(): RtpCapabilities {
    return this.#rtpCapabilities;
  }

  close(): void {
    if (!this.markClosed()) return;
    logger.debug("close()");
    this.link.release(Method.ROUTER_CLOSE, this.engineId);
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
    return toRouterDump(this.link, this.id, this.call<EngineRouterDump>(Method.ROUTER_DUMP));
  }

  async createWebRtcTransport<D extends AppData = AppData>(
    options: WebRtcTransportOptions<D>,
  ): Promise<WebRtcTransport<D>> {
    logger.debug("createWebRtcTransport()");
    this.assertOpen();
    const { request, webRtcServer } = toWebRtcTransportRequest(options, this.link);
    const appData = check.appData<D>(options.appData);
    const data = this.call<EngineWebRtcTransport>(
      Method.ROUTER_CREATE_WEBRTC_TRANSPORT,
      request,
    );
    const init = { link: this.link, engineId: data.id, appData };
    const transport = this.#add(new WebRtcTransportImpl<D>(init, data, this, webRtcServer));
    webRtcServer?.handleWebRtcTransport(transport as WebRtcTransport);
    return transport;
  }

  async createPlainTransport<D extends AppData = AppData>(
    options: PlainTransportOptions<D>,
  ): Promise<PlainTransport<D>> {
    logger.debug("createPlainTransport()");
    this.assertOpen();
    const request = toPlainTransportRequest(options);
    const appData = check.appData<D>(options.appData);
    const data = this.call<EnginePlainTransport & { id: number }>(
      Method.ROUTER_CREATE_PLAIN_TRANSPORT,
      request,
    );
    const init = { link: this.link, engineId: data.id, appData };
    return this.#add(new PlainTransportImpl<D>(init, data, request, this));
  }

  async createPipeTransport<D extends AppData = AppData>(
    options: PipeTransportOptions<D>,
  ): Promise<PipeTransport<D>> {
    logger.debug("createPipeTransport()");
    this.assertOpen();
    const request = toPipeTransportRequest(options);
    return this.openPipeTransport<D>(request, check.appData<D>(options.appData));
  }

  /** @private For pipes between routers too, which need no address. */
  openPipeTransport<D extends AppData>(
    request: PipeTransportRequest,
    appData: D,
    parent: TransportParent = this,
  ): PipeTransportImpl<D> {
    const data = this.call<EnginePipeTransport & { id: number }>(
      Method.ROUTER_CREATE_PIPE_TRANSPORT,
      request,
    );
    const init = { link: this.link, engineId: data.id, appData };
    const transport = new PipeTransportImpl<D>(init, data, request, parent);
    if (parent === this) return this.#add(transport);
    this.#transports.add(transport); // Nobody's business but the parent's.
    return transport;
  }

  async createDirectTransport<D extends AppData = AppData>(
    options: DirectTransportOptions<D> = {},
  ): Promise<DirectTransport<D>> {
    logger.debug("createDirectTransport()");
    this.assertOpen();
    const request = toDirectTransportRequest(options);
    const appData = check.appData<D>(options.appData);
    const { id } = this.call<{ id: number }>(Method.ROUTER_CREATE_DIRECT_TRANSPORT, request);
    const init = { link: this.link, engineId: id, appData };
    return this.#add(new DirectTransportImpl<D>(init, request, this));
  }

  async pipeToRouter(given: PipeToRouterOptions): Promise<PipeToRouterResult> {
    logger.debug("pipeToRouter()");
    this.assertOpen();
    const options = check.fields(given, "options");
    const order = toPipeOrder(options);
    const to = toPipeEnd(options.router, this);
    return await pipe(this, to, order);
  }

  /** @private For pipes to this router. */
  [endOfPipe](): PipeRouter {
    return this;
  }

  /** @private For pipes: whose worker it may be on. */
  get links(): readonly EngineLink[] {
    return [this.link];
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

  handleEngineEvent(type: number): void {
    logger.error(`ignoring unknown event "${type}"`);
  }

  #add<T extends AnyTransport>(transport: T): T {
    this.#transports.add(transport);
    this.observe("newtransport", transport as unknown as Transport);
    return transport;
  }

  #closeChildren(): void {
    for (const transport of this.#transports) transport.routerClosed();
    this.#transports.clear();
    this.#producers.clear();
    this.dataProducers.clear();
    this.closeRtpObservers();
  }
}

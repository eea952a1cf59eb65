/** The consumer: a producer's media on its way out. Made by `transport.consume()`. */
import type { Buffer } from "node:buffer";
import * as check from "../base/check.ts";
import type { AppData } from "../api/common.ts";
import { checkLayers } from "./consumer_layers.ts";
import type {
  Consumer,
  ConsumerDump,
  ConsumerEvents,
  ConsumerLayers,
  ConsumerObserverEvents,
  ConsumerScore,
  ConsumerStat,
  ConsumerTraceEventData,
  ConsumerTraceEventType,
  ConsumerType,
} from "../api/consumer.ts";
import type { Delivery, DeliveryOptions } from "../api/delivery.ts";
import { toConsumerDump } from "../base/dumps.ts";
import { EventType, Method } from "../base/engine_client.ts";
import type { EntityInit } from "../base/entity.ts";
import { UnsupportedError } from "../base/errors.ts";
import { Logger } from "../base/logger.ts";
import type { ProducerStat } from "../api/producer.ts";
import type { MediaKind, RtpParameters } from "../api/rtp_parameters.ts";
import { type ChildMethods, TransportChild } from "../transport/transport_child.ts";
import * as utils from "../base/utils.ts";

const logger = new Logger("Consumer");

const methods: ChildMethods = {
  close: Method.CONSUMER_CLOSE,
  pause: Method.CONSUMER_PAUSE,
  resume: Method.CONSUMER_RESUME,
};

const traceTypes: readonly ConsumerTraceEventType[] = ["rtp", "keyframe", "nack", "pli", "fir"];

/** A priority is one byte. */
const byteMax = 255;

/** The state of a consumer. */
export interface ConsumerData {
  producerId: string;
  kind: MediaKind;
  type: ConsumerType;
  /** May share parts with other consumers: do not change it. */
  rtpParameters: RtpParameters;
  paused: boolean;
  producerPaused: boolean;
  score: ConsumerScore;
  preferredLayers?: ConsumerLayers;
}

/** The transport as its consumers see it. */
export interface ConsumerParent {
  consumerClosed(consumer: ConsumerImpl): void;
}

export class ConsumerImpl<Data extends AppData = AppData>
  extends TransportChild<Data, ConsumerEvents, ConsumerObserverEvents>
  implements Consumer<Data> {
  readonly #data: ConsumerData;
  readonly #parent: ConsumerParent;
  #priority = 1;
  #currentLayers?: ConsumerLayers;

  constructor(init: EntityInit<Data>, data: ConsumerData, parent: ConsumerParent) {
    super(init, data, methods, logger);
    this.#data = data;
    this.#parent = parent;
  }

  get producerId(): string {
    return this.#data.producerId;
  }

  get kind(): MediaKind {
    return this.#data.kind;
  }

  get rtpParameters(): RtpParameters {
    return utils.clone(this.#data.rtpParameters);
  }

  get type(): ConsumerType {
    return this.#data.type;
  }

  get producerPaused(): boolean {
    return this.#data.producerPaused;
  }

  get priority(): number {
    return this.#priority;
  }

  get score(): ConsumerScore {
    const { producerScores } = this.#data.score;
    return { ...this.#data.score, producerScores: [...producerScores] };
  }

  get preferredLayers(): ConsumerLayers | undefined {
    return this.#data.preferredLayers && { ...this.#data.preferredLayers };
  }

  get currentLayers(): ConsumerLayers | undefined {
    return this.#currentLayers && { ...this.#currentLayers };
  }

  protected override get sourcePaused(): boolean {
    return this.#data.producerPaused;
  }

  protected override leaveTransport(): void {
    this.#parent.consumerClosed(this as ConsumerImpl);
  }

  async dump(): Promise<ConsumerDump> {
    logger.debug("dump()");
    const dump = this.call<ConsumerDump>(Method.CONSUMER_DUMP);
    return toConsumerDump(this.id, this.producerId, dump);
  }

  async getStats(): Promise<(ConsumerStat | ProducerStat)[]> {
    logger.debug("getStats()");
    return this.call<(ConsumerStat | ProducerStat)[]>(Method.CONSUMER_STATS);
  }

  async setPreferredLayers(layers: ConsumerLayers): Promise<void> {
    logger.debug("setPreferredLayers()");
    this.assertOpen();
    const request = checkLayers(layers, "preferredLayers");
    if (this.type === "svc") {
      throw new UnsupportedError("all layers are sent: choosing them is not supported yet");
    }
    const answer = this.call<Partial<ConsumerLayers> | undefined>(
      Method.CONSUMER_SET_PREFERRED_LAYERS,
      request,
    );
    // The answer is empty for a consumer without layers.
    this.#data.preferredLayers = answer?.spatialLayer === undefined
      ? undefined
      : answer as ConsumerLayers;
  }

  async setPriority(priority: number): Promise<void> {
    logger.debug("setPriority()");
    this.assertOpen();
    if (typeof priority !== "number" || !(priority >= 1)) {
      throw new TypeError("priority must be a positive number");
    }
    check.integer(priority, "priority", 1, byteMax);
    const answer = this.call<{ priority: number }>(Method.CONSUMER_SET_PRIORITY, { priority });
    this.#priority = answer.priority;
  }

  async unsetPriority(): Promise<void> {
    logger.debug("unsetPriority()");
    await this.setPriority(1);
  }

  async requestKeyFrame(): Promise<void> {
    logger.debug("requestKeyFrame()");
    this.call(Method.CONSUMER_REQUEST_KEY_FRAME);
  }

  async enableTraceEvent(types: ConsumerTraceEventType[] = []): Promise<void> {
    logger.debug("enableTraceEvent()");
    this.assertOpen();
    this.call(Method.CONSUMER_ENABLE_TRACE, { types: check.traceTypes(types, traceTypes) });
  }

  /** @throws UnsupportedError The transport is not direct: the packets go elsewhere. */
  packets(_options?: DeliveryOptions): Delivery<Buffer> {
    throw new UnsupportedError("consumer.packets() needs a Consumer of a DirectTransport");
  }

  [Symbol.asyncIterator](): Delivery<Buffer> {
    return this.packets();
  }

  handleEngineEvent(type: number, payload: unknown): void {
    switch (type) {
      case EventType.CONSUMER_PRODUCER_CLOSE:
        return this.#producerClosed();
      case EventType.CONSUMER_PRODUCER_PAUSE:
        return this.#setProducerPaused(true);
      case EventType.CONSUMER_PRODUCER_RESUME:
        return this.#setProducerPaused(false);
      case EventType.CONSUMER_SCORE: {
        this.#data.score = (payload as { score: ConsumerScore }).score;
        this.safeEmit("score", this.score);
        return this.observe("score", this.score);
      }
      case EventType.CONSUMER_LAYERS: {
        this.#currentLayers = (payload as { layers?: ConsumerLayers }).layers;
        this.safeEmit("layerschange", this.currentLayers);
        return this.observe("layerschange", this.currentLayers);
      }
      case EventType.CONSUMER_TRACE: {
        const trace = payload as ConsumerTraceEventData;
        this.safeEmit("trace", trace);
        return this.observe("trace", trace);
      }
      default:
        logger.error(`ignoring unknown event "${type}"`);
    }
  }

  #producerClosed(): void {
    if (!this.markClosed()) return;
    this.leaveTransport();
    this.safeEmit("producerclose");
    this.observe("close");
  }

  #setProducerPaused(paused: boolean): void {
    if (this.#data.producerPaused === paused) return;
    this.#data.producerPaused = paused;
    this.safeEmit(paused ? "producerpause" : "producerresume");
    if (!this.paused) this.observe(paused ? "pause" : "resume");
  }
}

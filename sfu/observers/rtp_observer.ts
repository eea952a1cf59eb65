/** The base of both observers of audio producers: their producers, pausing and closing. */
import type { Emits } from "../base/api_object.ts";
import * as check from "../base/check.ts";
import type { AppData } from "../api/common.ts";
import type { EnhancedEventEmitter } from "../base/emitter.ts";
import { Method } from "../base/engine_client.ts";
import { Entity, type EntityInit } from "../base/entity.ts";
import { NotFoundError } from "../base/errors.ts";
import { Logger } from "../base/logger.ts";
import type { ProducerImpl } from "../media/producer.ts";
import type { Producer } from "../api/producer.ts";
import type {
  RtpObserver,
  RtpObserverEvents,
  RtpObserverObserverEvents,
  RtpObserverType,
} from "../api/rtp_observer.ts";

const logger = new Logger("RtpObserver");

/** The router as its observers see it. */
export interface RtpObserverParent {
  findProducer(id: string): ProducerImpl | undefined;
  /** On the observer's own worker. */
  reachProducer(id: string): ProducerImpl | undefined;
  rtpObserverClosed(rtpObserver: AnyRtpObserver): void;
}

/** An observer of any kind. */
// deno-lint-ignore no-explicit-any
export type AnyRtpObserver = RtpObserverImpl<any, any, any>;

/** Milliseconds between two reports; the engine clamps them to the limits of each kind. */
export function checkInterval(interval: number): number {
  return check.integer(interval, "interval", 0, check.uint32Max);
}

export abstract class RtpObserverImpl<
  Data extends AppData,
  E extends RtpObserverEvents,
  O extends RtpObserverObserverEvents,
> extends Entity<Data, E, O> implements RtpObserver<Data, E, EnhancedEventEmitter<O>> {
  readonly #parent: RtpObserverParent;
  #paused = false;

  constructor(init: EntityInit<Data>, parent: RtpObserverParent, logger: Logger) {
    super(init, logger);
    this.#parent = parent;
  }

  abstract get type(): RtpObserverType;

  get paused(): boolean {
    return this.#paused;
  }

  close(): void {
    if (!this.markClosed()) return;
    logger.debug("close()");
    this.client.release(Method.RTP_OBSERVER_CLOSE, this.engineId);
    this.#parent.rtpObserverClosed(this);
    this.#base.observe("close");
  }

  routerClosed(): void {
    if (!this.markClosed()) return;
    logger.debug("routerClosed()");
    this.#base.safeEmit("routerclose");
    this.#base.observe("close");
  }

  async pause(): Promise<void> {
    logger.debug("pause()");
    this.call(Method.RTP_OBSERVER_PAUSE);
    if (this.#paused) return;
    this.#paused = true;
    this.#base.observe("pause");
  }

  async resume(): Promise<void> {
    logger.debug("resume()");
    this.call(Method.RTP_OBSERVER_RESUME);
    if (!this.#paused) return;
    this.#paused = false;
    this.#base.observe("resume");
  }

  async addProducer(options: { producerId: string }): Promise<void> {
    logger.debug("addProducer()");
    const producer = this.#find(options);
    if (producer.kind !== "audio") throw new TypeError("producerId: not an audio Producer");
    this.call(Method.RTP_OBSERVER_ADD_PRODUCER, { producerId: producer.engineId });
    this.#base.observe("addproducer", producer as Producer);
  }

  async removeProducer(options: { producerId: string }): Promise<void> {
    logger.debug("removeProducer()");
    const producer = this.#find(options);
    this.call(Method.RTP_OBSERVER_REMOVE_PRODUCER, { producerId: producer.engineId });
    this.#base.observe("removeproducer", producer as Producer);
  }

  /** The producer for an id of the engine; undefined if it has been closed meanwhile. */
  protected producerOf(engineId: number): Producer | undefined {
    return this.#parent.findProducer(this.client.idOf(engineId)) as Producer | undefined;
  }

  #find(options: { producerId: string }): ProducerImpl {
    this.assertOpen();
    const producerId = check.text(check.object(options, "options").producerId, "producerId");
    const producer = this.#parent.reachProducer(producerId);
    if (!producer) {
      throw new NotFoundError(`Producer with id "${check.shown(producerId)}" not found`);
    }
    return producer;
  }

  // The type of a generic map of events hides the names that both kinds have in common.
  get #base(): Emits<RtpObserverEvents, RtpObserverObserverEvents> {
    return this as never;
  }
}

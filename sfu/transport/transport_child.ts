/** What producers and consumers share, of media and of messages: pausing, and closing with a transport. */
import type { AppData } from "../api/common.ts";
import { Entity, type EntityInit } from "../base/entity.ts";
import type { Logger } from "../base/logger.ts";

/** How the engine calls what one kind of child does. */
export interface ChildMethods {
  close: number;
  pause: number;
  resume: number;
}

/** What each kind is made of at the least; changed as it is paused and resumed. */
export interface ChildData {
  paused: boolean;
}

/** What each kind says at the least. */
export type ChildEvents = { transportclose: [] };

/** What each kind's observer says at the least. */
export type ChildObserverEvents = { close: []; pause: []; resume: [] };

/** The base of what a transport makes and takes along when it closes. */
export abstract class TransportChild<
  Data extends AppData,
  E extends ChildEvents,
  O extends ChildObserverEvents,
> extends Entity<Data, E, O> {
  readonly #data: ChildData;
  readonly #methods: ChildMethods;

  constructor(init: EntityInit<Data>, data: ChildData, methods: ChildMethods, logger: Logger) {
    super(init, logger);
    this.#data = data;
    this.#methods = methods;
  }

  get paused(): boolean {
    return this.#data.paused;
  }

  close(): void {
    if (!this.markClosed()) return;
    this.logger.debug("close()");
    this.client.release(this.#methods.close, this.engineId);
    this.leaveTransport();
    this.observe("close");
  }

  transportClosed(): void {
    if (!this.markClosed()) return;
    this.logger.debug("transportClosed()");
    this.safeEmit("transportclose");
    this.observe("close");
  }

  async pause(): Promise<void> {
    this.logger.debug("pause()");
    this.call(this.#methods.pause);
    if (this.#data.paused) return;
    this.#data.paused = true;
    if (!this.sourcePaused) this.observe("pause");
  }

  async resume(): Promise<void> {
    this.logger.debug("resume()");
    this.call(this.#methods.resume);
    if (!this.#data.paused) return;
    this.#data.paused = false;
    if (!this.sourcePaused) this.observe("resume");
  }

  /** Whether nothing comes anyway: then observers see no difference between paused and not. */
  protected get sourcePaused(): boolean {
    return false;
  }

  /** Tells the transport that this is closed. */
  protected abstract leaveTransport(): void;
}

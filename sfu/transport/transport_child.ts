/** The base of producers and consumers of media and of messages: they pause, and close with a transport. */
import type { AppData } from "../api/common.ts";
import { Entity, type EntityInit } from "../base/entity.ts";
import type { Logger } from "../base/logger.ts";

/** The engine's methods for one kind of child. */
export interface ChildMethods {
  close: number;
  pause: number;
  resume: number;
}

/** The data that each kind has; it changes as the child is paused and resumed. */
export interface ChildData {
  paused: boolean;
}

/** The events that each kind has. */
export type ChildEvents = { transportclose: [] };

/** The events that each kind's observer has. */
export type ChildObserverEvents = { close: []; pause: []; resume: [] };

/** The base of all objects that a transport makes and that close with it. */
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

  /** Whether the source is paused: then pausing this child changes nothing that observers can see. */
  protected get sourcePaused(): boolean {
    return false;
  }

  /** Tells the transport that this is closed. */
  protected abstract leaveTransport(): void;
}

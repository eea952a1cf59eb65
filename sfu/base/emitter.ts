/**
 * The event emitter under every entity: Node's own, with the events' names and arguments typed.
 *
 * Names that begin with `@` are events between our own classes.
 */

import { EventEmitter, once } from "node:events";
import * as check from "./check.ts";

/** A map from event name to the listener's arguments. */
export type Events = Record<string, unknown[]>;

/** The event that every emitter has besides its own. */
export type ListenerErrorEvent<E extends Events> = { listenererror: [keyof E, Error] };

type Listener<Args extends unknown[]> = (...args: Args) => void;

/** The methods that Node's emitter has, for names and listeners that fit each other. */
export interface EnhancedEventEmitter<
  E extends Events = Events,
  BuiltInEvents extends Events = ListenerErrorEvent<E>,
  E2 extends Events = E & BuiltInEvents,
> {
  /** Adds a listener after the others. */
  on<K extends keyof E2 & string>(eventName: K, listener: Listener<E2[K]>): this;
  /** Removes a listener, once. */
  off<K extends keyof E2 & string>(eventName: K, listener: Listener<E2[K]>): this;
  /** Adds a listener for one event. */
  once<K extends keyof E2 & string>(eventName: K, listener: Listener<E2[K]>): this;
  /** The same as `on()`. */
  addListener<K extends keyof E2 & string>(eventName: K, listener: Listener<E2[K]>): this;
  /** The same as `off()`. */
  removeListener<K extends keyof E2 & string>(eventName: K, listener: Listener<E2[K]>): this;
  /** Adds a listener before the others. */
  prependListener<K extends keyof E2 & string>(eventName: K, listener: Listener<E2[K]>): this;
  /** Adds a listener for one event, before the others. */
  prependOnceListener<K extends keyof E2 & string>(eventName: K, listener: Listener<E2[K]>): this;
  /** How many listeners an event has. */
  listenerCount<K extends keyof E2 & string>(eventName: K): number;
  /** The listeners of an event, in order. */
  listeners<K extends keyof E2 & string>(eventName: K): Listener<E2[K]>[];
  /** The same, with the wrappers of those that were added by `once()`. */
  rawListeners<K extends keyof E2 & string>(eventName: K): Listener<E2[K]>[];
  /** Calls the listeners in order; an error that one of them throws reaches the caller. */
  emit<K extends keyof E2 & string>(eventName: K, ...args: E2[K]): boolean;
}

/**
 * A typed `EventEmitter` without the warning about many listeners: a router with a thousand
 * consumers has a thousand listeners for good reason.
 */
export class EnhancedEventEmitter<
  E extends Events = Events,
  BuiltInEvents extends Events = ListenerErrorEvent<E>,
  E2 extends Events = E & BuiltInEvents,
> extends EventEmitter {
  constructor() {
    super();
    this.setMaxListeners(Infinity);
  }

  /**
   * Like `emit()`, but an exception of a listener does not reach the caller: it is emitted as
   * `listenererror` with the event's name and the error. An error that a listener of
   * `listenererror` throws is dropped. Returns whether the event has listeners.
   */
  safeEmit<K extends keyof E2 & string>(eventName: K, ...args: E2[K]): boolean {
    try {
      return super.emit(eventName, ...args);
    } catch (error) {
      try {
        super.emit("listenererror", eventName, error);
      } catch {
        // Nobody is left to tell.
      }
      return super.listenerCount(eventName) > 0;
    }
  }

  /** Removes the listeners of one event, or all. */
  override removeAllListeners<K extends keyof E2 & string>(eventName?: K): this {
    // Without a name, all events are meant. Node's emitter counts its arguments to find out, and an
    // explicit `undefined` would remove nothing.
    return eventName === undefined
      ? super.removeAllListeners()
      : super.removeAllListeners(eventName);
  }
}

/**
 * Resolves with the arguments of the next `eventName`; `events.once()` with a typed name.
 *
 * @param options `signal` gives up waiting: the promise then rejects with an `AbortError`.
 * @throws TypeError The emitter, the name or the signal is wrong; the text says which.
 *
 * ```ts
 * import { createWorker, extras } from "sluice";
 *
 * const worker = await createWorker();
 * const closed = extras.enhancedOnce(worker.observer, "close");
 * worker.close();
 * await closed;
 * ```
 */
export async function enhancedOnce<E extends Events = Events>(
  emitter: EnhancedEventEmitter<E>,
  eventName: keyof E & string,
  options: { signal?: AbortSignal } = {},
): ReturnType<typeof once> {
  if (!(emitter instanceof EventEmitter)) throw new TypeError("emitter must be an EventEmitter");
  if (typeof eventName !== "string") throw new TypeError("eventName must be a string");
  const { signal } = check.fields(options, "options");
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new TypeError("if given, signal must be an AbortSignal");
  }
  return await once(emitter, eventName, { signal });
}

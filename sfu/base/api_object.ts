/** The base of all objects of the API: application data, a closed flag and an observer. */
import * as check from "./check.ts";
import { mark } from "./copies.ts";
import type { AppData } from "../api/common.ts";
import { EnhancedEventEmitter, type Events } from "./emitter.ts";
import type { Logger } from "./logger.ts";

/** What an object emits: to its own listeners, and to those of its observer. */
export interface Emits<E extends Events, O extends Events> {
  safeEmit<K extends keyof E & string>(eventName: K, ...args: E[K]): boolean;
  observe<K extends keyof O & string>(eventName: K, ...args: O[K]): void;
}

/**
 * The base of every entity and of objects that span several workers. A subclass closes itself with
 * {@linkcode markClosed} and then tells its children, its parent and its listeners.
 */
export abstract class ApiObject<Data extends AppData, E extends Events, O extends Events>
  extends EnhancedEventEmitter<E> {
  #appData: Data;
  #closed = false;
  #observer?: EnhancedEventEmitter<O>;

  /**
   * @param appData Already checked.
   * @param logger Logs the errors that listeners throw.
   */
  constructor(appData: Data, logger: Logger) {
    super();
    this.#appData = appData;
    (this as EnhancedEventEmitter).on("listenererror", (eventName, error) => {
      logger.error(`event listener threw an error [eventName:${String(eventName)}]`, error);
    });
  }

  get [mark](): true {
    return true;
  }

  get closed(): boolean {
    return this.#closed;
  }

  get appData(): Data {
    return this.#appData;
  }

  /** @throws TypeError Not an object. */
  set appData(appData: Data) {
    this.#appData = check.object(appData, "appData");
  }

  get observer(): EnhancedEventEmitter<O> {
    return this.#observer ??= new EnhancedEventEmitter<O>();
  }

  /** Emits on the observer, if anybody has asked for one: it is not made for this. */
  protected observe<K extends keyof O & string>(eventName: K, ...args: O[K]): void {
    (this.#observer as EnhancedEventEmitter | undefined)?.safeEmit(eventName, ...args);
  }

  /** Returns whether this call closed it. */
  protected markClosed(): boolean {
    if (this.#closed) return false;
    this.#closed = true;
    return true;
  }
}

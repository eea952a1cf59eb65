/**
 * What all entities of the API share: an id, a closed flag, application data, an observer, and the
 * way to the engine.
 */
import { randomUUID } from "node:crypto";
import * as check from "./check.ts";
import type { AppData } from "./common_types.ts";
import { EnhancedEventEmitter, type Events } from "./emitter.ts";
import type { EngineLink, EngineObject } from "./engine_link.ts";
import { NotFoundError, WorkerClosedError } from "./errors.ts";
import { Logger } from "./logger.ts";

/** What every entity is made with. */
export interface EntityInit<Data extends AppData> {
  link: EngineLink;
  engineId: number;
  /** Default a new UUID. */
  id?: string;
  /** Checked already. */
  appData: Data;
}

/** Logs what listeners of `emitter` throw. */
export function logListenerErrors(emitter: unknown, logger: Logger): void {
  (emitter as EnhancedEventEmitter).on("listenererror", (eventName, error) => {
    logger.error(`event listener threw an error [eventName:${String(eventName)}]`, error);
  });
}

/**
 * The base of every entity but the worker. A subclass closes itself with {@linkcode markClosed} and
 * then tells its children, its parent and its listeners.
 */
export abstract class Entity<Data extends AppData, E extends Events, O extends Events>
  extends EnhancedEventEmitter<E>
  implements EngineObject {
  readonly #link: EngineLink;
  readonly #engineId: number;
  readonly #id: string;
  readonly #logger: Logger;
  #appData: Data;
  #closed = false;
  #observer?: EnhancedEventEmitter<O>;

  constructor(init: EntityInit<Data>, logger: Logger) {
    super();
    this.#link = init.link;
    this.#engineId = init.engineId;
    this.#id = init.id ?? randomUUID();
    this.#appData = init.appData;
    this.#logger = logger;
    this.#link.add(this.#engineId, this);
    logListenerErrors(this, logger);
  }

  get id(): string {
    return this.#id;
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

  /** @private For the worker's link. */
  abstract handleEngineEvent(type: number, payload: unknown): void;

  protected get link(): EngineLink {
    return this.#link;
  }

  /** @private The number that the engine knows this entity by. */
  get engineId(): number {
    return this.#engineId;
  }

  /** Emits on the observer, if anybody ever asked for one. */
  protected observe<K extends keyof O & string>(eventName: K, ...args: O[K]): void {
    (this.#observer as EnhancedEventEmitter | undefined)?.safeEmit(eventName, ...args);
  }

  /**
   * Runs a command on this entity.
   *
   * @throws WorkerClosedError The worker is closed. NotFoundError This entity is.
   */
  protected call<T = void>(method: number, request?: object): T {
    if (this.#closed && !this.#link.closed) throw this.#notFound();
    return this.#link.call<T>(method, this.#engineId, request);
  }

  /**
   * Refuses what only an open entity can do.
   *
   * @throws WorkerClosedError The worker is closed. NotFoundError This entity is.
   */
  protected assertOpen(): void {
    if (this.#link.closed) throw new WorkerClosedError("Worker closed");
    if (this.#closed) throw this.#notFound();
  }

  /** Returns whether this call closed it; events of the engine no longer arrive. */
  protected markClosed(): boolean {
    if (this.#closed) return false;
    this.#closed = true;
    this.#link.delete(this.#engineId);
    return true;
  }

  #notFound(): NotFoundError {
    return new NotFoundError(`${this.#logger.prefix} with id "${this.#id}" is closed`);
  }
}

/** The base of all entities of the API: an id and the way to the engine. */
import { randomUUID } from "node:crypto";
import { ApiObject } from "./api_object.ts";
import type { AppData } from "../api/common.ts";
import type { Events } from "./emitter.ts";
import type { EngineClient, EngineObject } from "./engine_client.ts";
import { NotFoundError } from "./errors.ts";
import type { Logger } from "./logger.ts";

/** What every entity needs to begin with. */
export interface EntityInit<Data extends AppData> {
  client: EngineClient;
  engineId: number;
  /** Default a new UUID. */
  id?: string;
  /** Already checked. */
  appData: Data;
}

/** The entity as its parts see it. */
export interface EntityCore {
  readonly client: EngineClient;
  readonly engineId: number;
  assertOpen(): void;
  call<T = void>(method: number, request?: object): T;
}

/** The base of all objects that the engine of one worker knows by a number. */
export abstract class Entity<Data extends AppData, E extends Events, O extends Events>
  extends ApiObject<Data, E, O>
  implements EngineObject {
  readonly #client: EngineClient;
  readonly #engineId: number;
  readonly #id: string;
  readonly #logger: Logger;

  constructor(init: EntityInit<Data>, logger: Logger) {
    super(init.appData, logger);
    this.#client = init.client;
    this.#engineId = init.engineId;
    this.#id = init.id ?? randomUUID();
    this.#logger = logger;
    this.#client.add(this.#engineId, this);
  }

  get id(): string {
    return this.#id;
  }

  /** @private For the worker's client. */
  abstract handleEngineEvent(type: number, payload: unknown): void;

  /** @private For its parts. */
  get client(): EngineClient {
    return this.#client;
  }

  /** @private The number that the engine knows this entity by. */
  get engineId(): number {
    return this.#engineId;
  }

  protected get logger(): Logger {
    return this.#logger;
  }

  /**
   * @private For its parts. Runs a command on this entity.
   *
   * @throws WorkerClosedError The worker is closed. NotFoundError This entity is closed.
   */
  call<T = void>(method: number, request?: object): T {
    if (this.closed && !this.#client.closed) throw this.#notFound();
    return this.#client.call<T>(method, this.#engineId, request);
  }

  /**
   * @private For its parts. Call this before anything that only an open entity can do.
   *
   * @throws WorkerClosedError The worker is closed. NotFoundError This entity is closed.
   */
  assertOpen(): void {
    this.#client.assertOpen();
    if (this.closed) throw this.#notFound();
  }

  /** The engine's events no longer reach this entity. */
  protected override markClosed(): boolean {
    const closed = super.markClosed();
    if (closed) this.#client.delete(this.#engineId);
    return closed;
  }

  #notFound(): NotFoundError {
    return new NotFoundError(`${this.#logger.prefix} with id "${this.#id}" is closed`);
  }
}

/** What all entities of the API share: an id and the way to the engine. */
import { randomUUID } from "node:crypto";
import { ApiObject } from "./api_object.ts";
import type { AppData } from "../api/common.ts";
import type { Events } from "./emitter.ts";
import type { EngineClient, EngineObject } from "./engine_client.ts";
import { NotFoundError } from "./errors.ts";
import type { Logger } from "./logger.ts";

/** What every entity is made with. */
export interface EntityInit<Data extends AppData> {
  client: EngineClient;
  engineId: number;
  /** Default a new UUID. */
  id?: string;
  /** Checked already. */
  appData: Data;
}

/** An entity as the parts that it is composed of see it. */
export interface EntityCore {
  readonly client: EngineClient;
  readonly engineId: number;
  assertOpen(): void;
  call<T = void>(method: number, request?: object): T;
}

/** The base of whatever the engine of one worker knows by a number. */
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
   * @throws WorkerClosedError The worker is closed. NotFoundError This entity is.
   */
  call<T = void>(method: number, request?: object): T {
    if (this.closed && !this.#client.closed) throw this.#notFound();
    return this.#client.call<T>(method, this.#engineId, request);
  }

  /**
   * @private For its parts. Refuses what only an open entity can do.
   *
   * @throws WorkerClosedError The worker is closed. NotFoundError This entity is.
   */
  assertOpen(): void {
    this.#client.assertOpen();
    if (this.closed) throw this.#notFound();
  }

  /** Events of the engine no longer arrive. */
  protected override markClosed(): boolean {
    const closed = super.markClosed();
    if (closed) this.#client.delete(this.#engineId);
    return closed;
  }

  #notFound(): NotFoundError {
    return new NotFoundError(`${this.#logger.prefix} with id "${this.#id}" is closed`);
  }
}

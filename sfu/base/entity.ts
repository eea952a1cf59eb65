/** What all entities of the API share: an id and the way to the engine. */
import { randomUUID } from "node:crypto";
import { ApiObject } from "./api_object.ts";
import type { AppData } from "../api/common.ts";
import type { Events } from "./emitter.ts";
import type { EngineLink, EngineObject } from "./engine_client.ts";
import { NotFoundError } from "./errors.ts";
import type { Logger } from "./logger.ts";

/** What every entity is made with. */
export interface EntityInit<Data extends AppData> {
  link: EngineLink;
  engineId: number;
  /** Default a new UUID. */
  id?: string;
  /** Checked already. */
  appData: Data;
}

/** The base of whatever the engine of one worker knows by a number. */
export abstract class Entity<Data extends AppData, E extends Events, O extends Events>
  extends ApiObject<Data, E, O>
  implements EngineObject {
  readonly #link: EngineLink;
  readonly #engineId: number;
  readonly #id: string;
  readonly #logger: Logger;

  constructor(init: EntityInit<Data>, logger: Logger) {
    super(init.appData, logger);
    this.#link = init.link;
    this.#engineId = init.engineId;
    this.#id = init.id ?? randomUUID();
    this.#logger = logger;
    this.#link.add(this.#engineId, this);
  }

  get id(): string {
    return this.#id;
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

  protected get logger(): Logger {
    return this.#logger;
  }

  /**
   * Runs a command on this entity.
   *
   * @throws WorkerClosedError The worker is closed. NotFoundError This entity is.
   */
  protected call<T = void>(method: number, request?: object): T {
    if (this.closed && !this.#link.closed) throw this.#notFound();
    return this.#link.call<T>(method, this.#engineId, request);
  }

  /**
   * Refuses what only an open entity can do.
   *
   * @throws WorkerClosedError The worker is closed. NotFoundError This entity is.
   */
  protected assertOpen(): void {
    this.#link.assertOpen();
    if (this.closed) throw this.#notFound();
  }

  /** Events of the engine no longer arrive. */
  protected override markClosed(): boolean {
    const closed = super.markClosed();
    if (closed) this.#link.delete(this.#engineId);
    return closed;
  }

  #notFound(): NotFoundError {
    return new NotFoundError(`${this.#logger.prefix} with id "${this.#id}" is closed`);
  }
}

/** The two rings of direct transports of one worker. */
import { Method, Ring } from "./abi.ts";
import { call } from "./calls.ts";
import { type DirectListener, DirectReader, DirectWriter } from "./direct_ring.ts";
import { engineLibrary } from "./load.ts";

const TO_ENGINE = 0;
const TO_HOST = 1;

/** Carries packets and messages to the engine and from it. Owned by an `EngineWorker`. */
export class DirectPort {
  /** The ring to the engine. */
  readonly writer: DirectWriter;
  readonly #reader: DirectReader;
  readonly #listener: DirectListener;
  /** Records before this index are delivered before anything else. */
  #until: number;

  /** @param worker The handle of a worker that has, or had, a direct transport. */
  constructor(worker: number, listener: DirectListener) {
    const { functions, view } = engineLibrary();
    const bytes = functions.sluice_direct_bytes(worker);
    const memory = (direction: number): ArrayBuffer =>
      view(functions.sluice_direct_memory(worker, direction), Ring.CONTROL_BYTES + 2 * bytes);
    this.writer = new DirectWriter(memory(TO_ENGINE), bytes, {
      wake: () => void functions.sluice_direct_wake(worker),
      makeRoom: () => {
        try {
          call(worker, Method.WORKER_PING, 0, undefined);
          return true;
        } catch {
          return false;
        }
      },
    });
    this.#reader = new DirectReader(memory(TO_HOST), bytes);
    this.#until = this.#reader.tail;
    this.#listener = listener;
  }

  hasRecords(): boolean {
    return this.#reader.head !== this.#reader.tail;
  }

  /** Whether records that were there when {@linkcode drain} began still wait. */
  get behind(): boolean {
    return this.#until !== this.#reader.tail;
  }

  /** Delivers waiting records, about `budget` of them. */
  drain(budget: number): number {
    if (!this.behind) this.#until = this.#reader.head;
    return this.#reader.drain(budget, this.#until, this.#listener);
  }

  close(): void {
    this.writer.close();
    this.#reader.close();
  }
}

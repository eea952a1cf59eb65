/** Both rings of direct transports, of one worker. */
import { Method, Ring } from "./abi.ts";
import { call } from "./calls.ts";
import { type DirectListener, DirectReader, DirectWriter } from "./direct_ring.ts";
import { engineLibrary } from "./load.ts";

const TO_ENGINE = 0;
const TO_HOST = 1;

/** Where packets and messages go to the engine, and how they come. Owned by an `EngineWorker`. */
export class DirectPort {
  /** The way to the engine. */
  readonly writer: DirectWriter;
  readonly #reader: DirectReader;
  readonly #listener: DirectListener;
  /** Up to here is delivered before anything else. */
  #until: number;

  /** @param worker The worker's handle. It has a direct transport, or had one. */
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

  /** Whether {@linkcode drain} is still at what there was when it began. */
  get behind(): boolean {
    return this.#until !== this.#reader.tail;
  }

  /** Delivers what waits, about `budget` records. */
  drain(budget: number): number {
    if (!this.behind) this.#until = this.#reader.head;
    return this.#reader.drain(budget, this.#until, this.#listener);
  }

  close(): void {
    this.writer.close();
    this.#reader.close();
  }
}

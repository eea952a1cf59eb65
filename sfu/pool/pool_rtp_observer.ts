/**
 * Observers of a pool's router. The engine's observer sees only producers of its own worker: those of
 * other workers are piped there. If that worker dies, another takes over.
 */
import type {
  ActiveSpeakerObserver,
  ActiveSpeakerObserverDominantSpeaker,
  ActiveSpeakerObserverEvents,
  ActiveSpeakerObserverObserverEvents,
} from "../api/active_speaker_observer.ts";
import { ApiObject, type Emits } from "../base/api_object.ts";
import type {
  AudioLevelObserver,
  AudioLevelObserverEvents,
  AudioLevelObserverObserverEvents,
  AudioLevelObserverVolume,
} from "../api/audio_level_observer.ts";
import * as check from "../base/check.ts";
import type { AppData } from "../api/common.ts";
import type { EnhancedEventEmitter } from "../base/emitter.ts";
import { NotFoundError } from "../base/errors.ts";
import { Logger } from "../base/logger.ts";
import type { PoolMember } from "./pool_member.ts";
import type { ProducerImpl } from "../media/producer.ts";
import type { Producer } from "../api/producer.ts";
import type { AnyRtpObserver } from "../observers/rtp_observer.ts";
import type {
  RtpObserver,
  RtpObserverEvents,
  RtpObserverObserverEvents,
  RtpObserverType,
} from "../api/rtp_observer.ts";

const logger = new Logger("RtpObserver");

/** The router as its observers see it. */
export interface PoolObserverParent {
  findProducer(id: string): ProducerImpl | undefined;
  /** Keeps a producer at `member` until the returned function is called. */
  holdProducer(id: string, member: PoolMember): (() => void) | undefined;
  /** @throws WorkerClosedError No worker is left. */
  place(): PoolMember;
  rtpObserverClosed(rtpObserver: AnyPoolRtpObserver): void;
}

// deno-lint-ignore no-explicit-any
export type AnyPoolRtpObserver = PoolRtpObserver<any, any, any>;

/** Makes the engine's observer, on the first worker and on each that takes over. */
type OpenRtpObserver = (member: PoolMember) => AnyRtpObserver;

abstract class PoolRtpObserver<
  Data extends AppData,
  E extends RtpObserverEvents,
  O extends RtpObserverObserverEvents,
> extends ApiObject<Data, E, O> implements RtpObserver<Data, E, EnhancedEventEmitter<O>> {
  readonly #parent: PoolObserverParent;
  readonly #open: OpenRtpObserver;
  /** The observed producers, each with the function that releases its pipe. */
  readonly #observed = new Map<ProducerImpl, (() => void) | undefined>();
  readonly #id: string;
  #member: PoolMember;
  #inner: AnyRtpObserver;

  constructor(parent: PoolObserverParent, open: OpenRtpObserver, appData: Data) {
    super(appData, logger);
    this.#parent = parent;
    this.#open = open;
    this.#member = parent.place();
    this.#inner = open(this.#member);
    this.#id = this.#inner.id;
    this.#follow(this.#inner);
  }

  abstract get type(): RtpObserverType;
  /** Passes on the events of the engine's observer. */
  protected abstract passOn(inner: AnyRtpObserver): void;

  get id(): string {
    return this.#id;
  }

  get paused(): boolean {
    return this.#inner.paused;
  }

  close(): void {
    if (!this.markClosed()) return;
    this.#parent.rtpObserverClosed(this);
    this.#base.observe("close");
  }

  routerClosed(): void {
    if (!this.markClosed()) return;
    this.#base.safeEmit("routerclose");
    this.#base.observe("close");
  }

  async pause(): Promise<void> {
    const wasPaused = this.paused;
    await this.#inner.pause();
    if (!wasPaused) this.#base.observe("pause");
  }

  async resume(): Promise<void> {
    const wasPaused = this.paused;
    await this.#inner.resume();
    if (wasPaused) this.#base.observe("resume");
  }

  async addProducer(options: { producerId: string }): Promise<void> {
    const producer = this.#find(options);
    if (producer.kind !== "audio") throw new TypeError("producerId: not an audio Producer");
    await this.#observe(producer);
    this.#base.observe("addproducer", producer as Producer);
  }

  async removeProducer(options: { producerId: string }): Promise<void> {
    const producer = this.#find(options);
    if (this.#observed.has(producer)) {
      await this.#inner.removeProducer({ producerId: producer.id });
      this.#forget(producer);
    }
    this.#base.observe("removeproducer", producer as Producer);
  }

  #find(options: { producerId: string }): ProducerImpl {
    if (this.closed) throw new NotFoundError(`RtpObserver with id "${this.#id}" is closed`);
    const producerId = check.text(check.object(options, "options").producerId, "producerId");
    const producer = this.#parent.findProducer(producerId);
    if (producer) return producer;
    throw new NotFoundError(`Producer with id "${check.shown(producerId)}" not found`);
  }

  async #observe(producer: ProducerImpl): Promise<void> {
    const letGo = this.#parent.holdProducer(producer.id, this.#member);
    try {
      await this.#inner.addProducer({ producerId: producer.id });
    } catch (error) {
      letGo?.();
      throw error;
    }
    this.#observed.get(producer)?.();
    this.#observed.set(producer, letGo);
    producer.observer.once("close", () => this.#forget(producer));
  }

  #forget(producer: ProducerImpl): void {
    const letGo = this.#observed.get(producer);
    this.#observed.delete(producer);
    letGo?.();
  }

  #follow(inner: AnyRtpObserver): void {
    this.passOn(inner);
    inner.once("routerclose", () => this.#move());
  }

  /** The worker is gone, and its producers with it. The others are piped to the next worker. */
  #move(): void {
    if (this.closed) return;
    const { paused } = this;
    try {
      this.#member = this.#parent.place();
      this.#inner = this.#open(this.#member);
    } catch (error) {
      logger.warn(`no other worker can observe: ${error}`);
      this.#parent.rtpObserverClosed(this);
      return this.routerClosed();
    }
    this.#follow(this.#inner);
    const log = (error: unknown): void => logger.warn(`not observed any more: ${error}`);
    if (paused) this.#inner.pause().catch(log);
    for (const producer of [...this.#observed.keys()]) {
      if (!producer.closed) this.#observe(producer).catch(log);
    }
  }

  protected override markClosed(): boolean {
    if (!super.markClosed()) return false;
    this.#inner.close();
    for (const producer of [...this.#observed.keys()]) this.#forget(producer);
    return true;
  }

  // The type of a generic map of events hides the names that both kinds have in common.
  get #base(): Emits<RtpObserverEvents, RtpObserverObserverEvents> {
    return this as never;
  }
}

export class PoolAudioLevelObserver<Data extends AppData>
  extends PoolRtpObserver<Data, AudioLevelObserverEvents, AudioLevelObserverObserverEvents>
  implements AudioLevelObserver<Data> {
  get type(): "audiolevel" {
    return "audiolevel";
  }

  protected passOn(inner: AnyRtpObserver): void {
    inner.on("volumes", (volumes: AudioLevelObserverVolume[]) => {
      this.safeEmit("volumes", volumes);
      this.observe("volumes", volumes);
    });
    inner.on("silence", () => {
      this.safeEmit("silence");
      this.observe("silence");
    });
  }
}

export class PoolActiveSpeakerObserver<Data extends AppData>
  extends PoolRtpObserver<Data, ActiveSpeakerObserverEvents, ActiveSpeakerObserverObserverEvents>
  implements ActiveSpeakerObserver<Data> {
  get type(): "activespeaker" {
    return "activespeaker";
  }

  protected passOn(inner: AnyRtpObserver): void {
    inner.on("dominantspeaker", (dominant: ActiveSpeakerObserverDominantSpeaker) => {
      this.safeEmit("dominantspeaker", dominant);
      this.observe("dominantspeaker", dominant);
    });
  }
}

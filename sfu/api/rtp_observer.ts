/** The RTP observer: watches audio producers of a router. */

import type { AppData } from "./common.ts";
import type { EnhancedEventEmitter } from "../base/emitter.ts";
import type { Producer } from "./producer.ts";

/** The kind of an observer. */
export type RtpObserverType = "audiolevel" | "activespeaker";

/** Events of every RTP observer. */
export type RtpObserverEvents = {
  /** The router closed, and this observer with it. */
  routerclose: [];
  "@close": [];
};

/** The observer of an RTP observer. */
export type RtpObserverObserver = EnhancedEventEmitter<RtpObserverObserverEvents>;

/** Events of every RTP observer's observer. */
export type RtpObserverObserverEvents = {
  close: [];
  pause: [];
  resume: [];
  addproducer: [Producer];
  removeproducer: [Producer];
};

/**
 * The methods that all observers of audio producers have.
 *
 * Once it is closed, its methods reject with `NotFoundError`; once its worker is closed, with
 * `WorkerClosedError`.
 */
export interface RtpObserver<
  RtpObserverAppData extends AppData = AppData,
  Events extends RtpObserverEvents = RtpObserverEvents,
  Observer extends RtpObserverObserver = RtpObserverObserver,
> extends EnhancedEventEmitter<Events> {
  /** Identifies the observer: a UUID. */
  get id(): string;
  /** Whether the observer is closed, for whatever reason. It cannot be opened again. */
  get closed(): boolean;
  /** The kind of observer. */
  get type(): RtpObserverType;
  /** Whether the observer is paused by `pause()`. */
  get paused(): boolean;
  /** Data of the application. */
  get appData(): RtpObserverAppData;
  /** @throws TypeError Not an object. */
  set appData(appData: RtpObserverAppData);
  /** Emits events for observers other than the owner, such as monitoring code. */
  get observer(): Observer;
  /** Ends the observation; the producers go on. */
  close(): void;
  /** @private For the router. */
  routerClosed(): void;
  /** Emits nothing until `resume()`. */
  pause(): Promise<void>;
  /** Observes again; a whole interval passes before the first event. */
  resume(): Promise<void>;
  /**
   * Observes a producer until it closes. While it is paused, it is skipped.
   *
   * @param options `producerId`: of an audio producer of this router.
   * @throws TypeError Not a string, or not an audio producer.
   * @throws NotFoundError The router has no such producer, or this observer is closed.
   * @throws Error An active speaker observer already observes it.
   */
  addProducer({ producerId }: { producerId: string }): Promise<void>;
  /**
   * Stops observing a producer. Does nothing if it was not observed.
   *
   * @param options `producerId`: of a producer of this router.
   * @throws TypeError Not a string.
   * @throws NotFoundError The router has no such producer, or this observer is closed.
   */
  removeProducer({ producerId }: { producerId: string }): Promise<void>;
}

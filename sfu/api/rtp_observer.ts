/** The RTP observer: watches audio producers of a router. */

import type { AppData } from "./common.ts";
import type { EnhancedEventEmitter } from "../base/emitter.ts";
import type { Producer } from "./producer.ts";

/** Which kind of observer it is. */
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
 * What all observers of producers of audio have in common.
 *
 * Once it is closed its methods reject with `NotFoundError`, and with `WorkerClosedError` once its
 * worker is.
 */
export interface RtpObserver<
  RtpObserverAppData extends AppData = AppData,
  Events extends RtpObserverEvents = RtpObserverEvents,
  Observer extends RtpObserverObserver = RtpObserverObserver,
> extends EnhancedEventEmitter<Events> {
  /** Identifies the observer: a UUID. */
  get id(): string;
  /** Whether the observer is closed, by whatever: then it stays so. */
  get closed(): boolean;
  /** Which kind of observer it is. */
  get type(): RtpObserverType;
  /** Whether the observer is paused by `pause()`. */
  get paused(): boolean;
  /** What the application keeps with it. */
  get appData(): RtpObserverAppData;
  /** @throws TypeError What is no object. */
  set appData(appData: RtpObserverAppData);
  /** Tells of what happens, to those who did not make it happen. */
  get observer(): Observer;
  /** Ends the observation; the producers go on. */
  close(): void;
  /** @private For the router. */
  routerClosed(): void;
  /** Tells nothing until `resume()`. */
  pause(): Promise<void>;
  /** Goes on; a whole interval passes before the first event. */
  resume(): Promise<void>;
  /**
   * Observes a producer until it closes. A paused producer is passed over while it is paused.
   *
   * @param options `producerId`: of an audio producer of this router.
   * @throws TypeError No text, or not an audio producer.
   * @throws NotFoundError The router has no such producer, or this observer is closed.
   * @throws Error An active speaker observer observes it already.
   */
  addProducer({ producerId }: { producerId: string }): Promise<void>;
  /**
   * Observes a producer no more. Nothing happens to one that was not observed.
   *
   * @param options `producerId`: of a producer of this router.
   * @throws TypeError No text.
   * @throws NotFoundError The router has no such producer, or this observer is closed.
   */
  removeProducer({ producerId }: { producerId: string }): Promise<void>;
}

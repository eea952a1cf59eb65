/**
 * The active speaker observer: tells who is speaking, by dominant speaker identification (Volfin and
 * Cohen, 2013) over the levels that packets carry in the header extension `ssrc-audio-level`
 * (RFC 6464).
 */

import type { AppData } from "./common.ts";
import type { EnhancedEventEmitter } from "../base/emitter.ts";
import type { Producer } from "./producer.ts";
import type { RtpObserver, RtpObserverEvents, RtpObserverObserverEvents } from "./rtp_observer.ts";

/** Options of `createActiveSpeakerObserver()`. */
export type ActiveSpeakerObserverOptions<ActiveSpeakerObserverAppData extends AppData = AppData> = {
  /**
   * Milliseconds between two decisions, a whole number; below 100 it is 100, above 5000 it is 5000.
   * Default 300.
   */
  interval?: number;
  /** Default `{}`. */
  appData?: ActiveSpeakerObserverAppData;
};

/** Who is speaking. */
export type ActiveSpeakerObserverDominantSpeaker = { producer: Producer };

/** Events of an active speaker observer. */
export type ActiveSpeakerObserverEvents = RtpObserverEvents & {
  /**
   * Somebody else speaks now: who has been heard more in the last second, while the one before has
   * fallen silent. The first of the producers that are not paused begins, and when the dominant one
   * leaves, the next follows at once.
   */
  dominantspeaker: [ActiveSpeakerObserverDominantSpeaker];
};

/** The observer of an active speaker observer. */
export type ActiveSpeakerObserverObserver = EnhancedEventEmitter<
  ActiveSpeakerObserverObserverEvents
>;

/** Events of an active speaker observer's observer. */
export type ActiveSpeakerObserverObserverEvents = RtpObserverObserverEvents & {
  dominantspeaker: [ActiveSpeakerObserverDominantSpeaker];
};

/** Tells which of its producers is speaking. */
export interface ActiveSpeakerObserver<ActiveSpeakerObserverAppData extends AppData = AppData>
  extends
    RtpObserver<
      ActiveSpeakerObserverAppData,
      ActiveSpeakerObserverEvents,
      ActiveSpeakerObserverObserver
    > {
  /** Which kind of observer it is. */
  get type(): "activespeaker";
  /** Tells of what happens, to those who did not make it happen. */
  get observer(): ActiveSpeakerObserverObserver;
}

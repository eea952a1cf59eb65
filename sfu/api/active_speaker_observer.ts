/**
 * The active speaker observer: reports who is speaking, by dominant speaker identification (Volfin and
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
   * Milliseconds between two decisions, a whole number. It is raised to 100 or lowered to 5000.
   * Default 300.
   */
  interval?: number;
  /** Default `{}`. */
  appData?: ActiveSpeakerObserverAppData;
};

/** The producer that is speaking. */
export type ActiveSpeakerObserverDominantSpeaker = { producer: Producer };

/** Events of an active speaker observer. */
export type ActiveSpeakerObserverEvents = RtpObserverEvents & {
  /**
   * The dominant speaker changed: the new one was heard more in the last second, and the one before has
   * fallen silent. At first this is the first producer that is not paused. If the dominant one leaves,
   * another follows at once.
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

/** Reports which of its producers is speaking. */
export interface ActiveSpeakerObserver<ActiveSpeakerObserverAppData extends AppData = AppData>
  extends
    RtpObserver<
      ActiveSpeakerObserverAppData,
      ActiveSpeakerObserverEvents,
      ActiveSpeakerObserverObserver
    > {
  /** The kind of observer. */
  get type(): "activespeaker";
  /** Emits events for observers other than the owner, such as monitoring code. */
  get observer(): ActiveSpeakerObserverObserver;
}

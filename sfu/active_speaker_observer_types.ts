/** The active speaker observer: tells who is speaking. */

import type { AppData } from "./common_types.ts";
import type { EnhancedEventEmitter } from "./emitter.ts";
import type { Producer } from "./producer_types.ts";
import type {
  RtpObserver,
  RtpObserverEvents,
  RtpObserverObserverEvents,
} from "./rtp_observer_types.ts";

export type ActiveSpeakerObserverOptions<ActiveSpeakerObserverAppData extends AppData = AppData> = {
  /** Milliseconds between two decisions. Default 300. */
  interval?: number;
  /** Default `{}`. */
  appData?: ActiveSpeakerObserverAppData;
};

export type ActiveSpeakerObserverDominantSpeaker = { producer: Producer };

export type ActiveSpeakerObserverEvents = RtpObserverEvents & {
  /** Somebody else speaks now. */
  dominantspeaker: [ActiveSpeakerObserverDominantSpeaker];
};

export type ActiveSpeakerObserverObserver = EnhancedEventEmitter<
  ActiveSpeakerObserverObserverEvents
>;

export type ActiveSpeakerObserverObserverEvents = RtpObserverObserverEvents & {
  dominantspeaker: [ActiveSpeakerObserverDominantSpeaker];
};

export interface ActiveSpeakerObserver<ActiveSpeakerObserverAppData extends AppData = AppData>
  extends
    RtpObserver<
      ActiveSpeakerObserverAppData,
      ActiveSpeakerObserverEvents,
      ActiveSpeakerObserverObserver
    > {
  get type(): "activespeaker";
  get observer(): ActiveSpeakerObserverObserver;
}

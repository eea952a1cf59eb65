/** The audio level observer: tells how loud producers are. */

import type { AppData } from "./common_types.ts";
import type { EnhancedEventEmitter } from "./emitter.ts";
import type { Producer } from "./producer_types.ts";
import type {
  RtpObserver,
  RtpObserverEvents,
  RtpObserverObserverEvents,
} from "./rtp_observer_types.ts";

export type AudioLevelObserverOptions<AudioLevelObserverAppData extends AppData = AppData> = {
  /** How many producers a `volumes` event lists at most. Default 1. */
  maxEntries?: number;
  /** Average level, dBov, below which a producer counts as silent; -127 to 0. Default -80. */
  threshold?: number;
  /** Milliseconds between two events. Default 1000. */
  interval?: number;
  /** Default `{}`. */
  appData?: AudioLevelObserverAppData;
};

export type AudioLevelObserverVolume = {
  producer: Producer;
  /** Average level of the last interval, dBov, -127 to 0. */
  volume: number;
};

export type AudioLevelObserverEvents = RtpObserverEvents & {
  /** The loudest producers, loudest first. */
  volumes: [AudioLevelObserverVolume[]];
  /** No producer is above the threshold any more. */
  silence: [];
};

export type AudioLevelObserverObserver = EnhancedEventEmitter<AudioLevelObserverObserverEvents>;

export type AudioLevelObserverObserverEvents = RtpObserverObserverEvents & {
  volumes: [AudioLevelObserverVolume[]];
  silence: [];
};

export interface AudioLevelObserver<AudioLevelObserverAppData extends AppData = AppData>
  extends
    RtpObserver<
      AudioLevelObserverAppData,
      AudioLevelObserverEvents,
      AudioLevelObserverObserver
    > {
  get type(): "audiolevel";
  get observer(): AudioLevelObserverObserver;
}

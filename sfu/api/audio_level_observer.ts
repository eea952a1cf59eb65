/**
 * The audio level observer: reports how loud producers are, by the levels that packets carry in the
 * header extension `ssrc-audio-level` (RFC 6464).
 */

import type { AppData } from "./common.ts";
import type { EnhancedEventEmitter } from "../base/emitter.ts";
import type { Producer } from "./producer.ts";
import type { RtpObserver, RtpObserverEvents, RtpObserverObserverEvents } from "./rtp_observer.ts";

/** Options of `createAudioLevelObserver()`. */
export type AudioLevelObserverOptions<AudioLevelObserverAppData extends AppData = AppData> = {
  /** How many producers a `volumes` event lists at most, 1 to 65535. Default 1. */
  maxEntries?: number;
  /**
   * Average level, dBov, below which a producer counts as silent: a whole number from -127 to 0.
   * Default -80.
   */
  threshold?: number;
  /**
   * Milliseconds between two events, a whole number. It is raised to 250 or lowered to 5000.
   * Default 1000.
   */
  interval?: number;
  /** Default `{}`. */
  appData?: AudioLevelObserverAppData;
};

/** How loud a producer was in the last interval. */
export type AudioLevelObserverVolume = {
  producer: Producer;
  /** Average level of the last interval, dBov, -127 to 0. */
  volume: number;
};

/** Events of an audio level observer. */
export type AudioLevelObserverEvents = RtpObserverEvents & {
  /**
   * The loudest producers, loudest first, at the end of each interval in which any was loud enough.
   * Producers that sent fewer than ten packets with a level in the interval are not counted.
   */
  volumes: [AudioLevelObserverVolume[]];
  /** No producer reaches the threshold any more, or the observer was paused. Comes once after `volumes`. */
  silence: [];
};

/** The observer of an audio level observer. */
export type AudioLevelObserverObserver = EnhancedEventEmitter<AudioLevelObserverObserverEvents>;

/** Events of an audio level observer's observer. */
export type AudioLevelObserverObserverEvents = RtpObserverObserverEvents & {
  volumes: [AudioLevelObserverVolume[]];
  silence: [];
};

/** Reports which of its producers are loudest. */
export interface AudioLevelObserver<AudioLevelObserverAppData extends AppData = AppData>
  extends
    RtpObserver<
      AudioLevelObserverAppData,
      AudioLevelObserverEvents,
      AudioLevelObserverObserver
    > {
  /** The kind of observer. */
  get type(): "audiolevel";
  /** Emits events for observers other than the owner, such as monitoring code. */
  get observer(): AudioLevelObserverObserver;
}

/**
 * The audio level observer: tells how loud producers are, by the levels that packets carry in the
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
   * Milliseconds between two events, a whole number; below 250 it is 250, above 5000 it is 5000.
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
   * The loudest producers, loudest first, at the end of each interval in which there was one. Who
   * sent fewer than ten packets with a level in it is not counted.
   */
  volumes: [AudioLevelObserverVolume[]];
  /** No producer reaches the threshold any more, or the observer was paused. Once after `volumes`. */
  silence: [];
};

/** The observer of an audio level observer. */
export type AudioLevelObserverObserver = EnhancedEventEmitter<AudioLevelObserverObserverEvents>;

/** Events of an audio level observer's observer. */
export type AudioLevelObserverObserverEvents = RtpObserverObserverEvents & {
  volumes: [AudioLevelObserverVolume[]];
  silence: [];
};

/** Tells which of its producers are loudest. */
export interface AudioLevelObserver<AudioLevelObserverAppData extends AppData = AppData>
  extends
    RtpObserver<
      AudioLevelObserverAppData,
      AudioLevelObserverEvents,
      AudioLevelObserverObserver
    > {
  /** Which kind of observer it is. */
  get type(): "audiolevel";
  /** Tells of what happens, to those who did not make it happen. */
  get observer(): AudioLevelObserverObserver;
}

/** The audio level observer. Made by `router.createAudioLevelObserver()`. */
import type {
  AudioLevelObserver,
  AudioLevelObserverEvents,
  AudioLevelObserverObserverEvents,
  AudioLevelObserverOptions,
} from "../api/audio_level_observer.ts";
import * as check from "../base/check.ts";
import type { AppData } from "../api/common.ts";
import { EventType } from "../base/engine_client.ts";
import type { EntityInit } from "../base/entity.ts";
import { Logger } from "../base/logger.ts";
import { checkInterval, RtpObserverImpl, type RtpObserverParent } from "./rtp_observer.ts";

const logger = new Logger("AudioLevelObserver");

/** The engine counts entries in 16 bits. */
const entriesMax = 65_535;

/** The quietest level, dBov (RFC 6464, 3). */
const quietest = -127;

/** The payload of RTP_OBSERVER_VOLUMES. */
interface EngineVolumes {
  volumes: { producerId: number; volume: number }[];
}

/**
 * The request that makes an observer with these options.
 *
 * @throws TypeError A wrong option; the text names it.
 */
export function toAudioLevelRequest(
  { maxEntries = 1, threshold = -80, interval = 1000 }: AudioLevelObserverOptions,
): object {
  return {
    maxEntries: check.integer(maxEntries, "maxEntries", 1, entriesMax),
    threshold: check.integer(threshold, "threshold", quietest, 0),
    interval: checkInterval(interval),
  };
}

export class AudioLevelObserverImpl<Data extends AppData = AppData>
  extends RtpObserverImpl<Data, AudioLevelObserverEvents, AudioLevelObserverObserverEvents>
  implements AudioLevelObserver<Data> {
  constructor(init: EntityInit<Data>, parent: RtpObserverParent) {
    super(init, parent, logger);
  }

  get type(): "audiolevel" {
    return "audiolevel";
  }

  handleEngineEvent(type: number, payload: unknown): void {
    switch (type) {
      case EventType.RTP_OBSERVER_VOLUMES: {
        const volumes = (payload as EngineVolumes).volumes.flatMap(({ producerId, volume }) => {
          const producer = this.producerOf(producerId);
          return producer ? [{ producer, volume }] : [];
        });
        if (volumes.length === 0) return;
        this.safeEmit("volumes", volumes);
        return this.observe("volumes", volumes);
      }
      case EventType.RTP_OBSERVER_SILENCE:
        this.safeEmit("silence");
        return this.observe("silence");
      default:
        logger.error(`ignoring unknown event "${type}"`);
    }
  }
}

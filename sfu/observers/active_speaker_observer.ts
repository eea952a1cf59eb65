/** The active speaker observer. Made by `router.createActiveSpeakerObserver()`. */
import type {
  ActiveSpeakerObserver,
  ActiveSpeakerObserverEvents,
  ActiveSpeakerObserverObserverEvents,
  ActiveSpeakerObserverOptions,
} from "../api/active_speaker_observer.ts";
import type { AppData } from "../api/common.ts";
import { EventType } from "../base/engine_client.ts";
import type { EntityInit } from "../base/entity.ts";
import { Logger } from "../base/logger.ts";
import { checkInterval, RtpObserverImpl, type RtpObserverParent } from "./rtp_observer.ts";

const logger = new Logger("ActiveSpeakerObserver");

/**
 * The request that makes an observer with these options.
 *
 * @throws TypeError A wrong option; the text names it.
 */
export function toActiveSpeakerRequest({ interval = 300 }: ActiveSpeakerObserverOptions): object {
  return { interval: checkInterval(interval) };
}

export class ActiveSpeakerObserverImpl<Data extends AppData = AppData>
  extends RtpObserverImpl<Data, ActiveSpeakerObserverEvents, ActiveSpeakerObserverObserverEvents>
  implements ActiveSpeakerObserver<Data> {
  constructor(init: EntityInit<Data>, parent: RtpObserverParent) {
    super(init, parent, logger);
  }

  get type(): "activespeaker" {
    return "activespeaker";
  }

  handleEngineEvent(type: number, payload: unknown): void {
    if (type !== EventType.RTP_OBSERVER_DOMINANT_SPEAKER) {
      return logger.error(`ignoring unknown event "${type}"`);
    }
    const producer = this.producerOf((payload as { producerId: number }).producerId);
    if (!producer) return;
    this.safeEmit("dominantspeaker", { producer });
    this.observe("dominantspeaker", { producer });
  }
}

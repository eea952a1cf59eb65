/** The observers of a pool's router: makes them and keeps them. */
import type { ActiveSpeakerObserverOptions } from "../api/active_speaker_observer.ts";
import type { AudioLevelObserverOptions } from "../api/audio_level_observer.ts";
import * as check from "../base/check.ts";
import type { AppData } from "../api/common.ts";
import type { PoolMember } from "./pool_member.ts";
import {
  type AnyPoolRtpObserver,
  PoolActiveSpeakerObserver,
  PoolAudioLevelObserver,
  type PoolObserverParent,
} from "./pool_rtp_observer.ts";

/** The router as its observers' part sees it. */
export interface ObservedPoolRouter extends PoolObserverParent {
  assertOpen(): void;
}

export class PoolRouterObservers {
  readonly #router: ObservedPoolRouter;
  readonly #rtpObservers = new Set<AnyPoolRtpObserver>();

  constructor(router: ObservedPoolRouter) {
    this.#router = router;
  }

  openActiveSpeakerObserver<D extends AppData>(
    given: ActiveSpeakerObserverOptions<D>,
  ): PoolActiveSpeakerObserver<D> {
    this.#router.assertOpen();
    const options = { ...check.fields(given, "options") };
    const appData = check.appData<D>(options.appData);
    const open = (member: PoolMember) => member.rtpObservers.openActiveSpeakerObserver(options);
    return this.#add(new PoolActiveSpeakerObserver<D>(this.#router, open, appData));
  }

  openAudioLevelObserver<D extends AppData>(
    given: AudioLevelObserverOptions<D>,
  ): PoolAudioLevelObserver<D> {
    this.#router.assertOpen();
    const options = { ...check.fields(given, "options") };
    const appData = check.appData<D>(options.appData);
    const open = (member: PoolMember) => member.rtpObservers.openAudioLevelObserver(options);
    return this.#add(new PoolAudioLevelObserver<D>(this.#router, open, appData));
  }

  delete(rtpObserver: AnyPoolRtpObserver): void {
    this.#rtpObservers.delete(rtpObserver);
  }

  /** The router has closed. */
  close(): void {
    for (const rtpObserver of this.#rtpObservers) rtpObserver.routerClosed();
    this.#rtpObservers.clear();
  }

  #add<T extends AnyPoolRtpObserver>(rtpObserver: T): T {
    this.#rtpObservers.add(rtpObserver);
    return rtpObserver;
  }
}

/** The observers of a router's producers: makes them and keeps them. */
import {
  ActiveSpeakerObserverImpl,
  toActiveSpeakerRequest,
} from "../observers/active_speaker_observer.ts";
import type { ActiveSpeakerObserverOptions } from "../api/active_speaker_observer.ts";
import { AudioLevelObserverImpl, toAudioLevelRequest } from "../observers/audio_level_observer.ts";
import type { AudioLevelObserverOptions } from "../api/audio_level_observer.ts";
import * as check from "../base/check.ts";
import type { AppData } from "../api/common.ts";
import { Method } from "../base/engine_client.ts";
import type { EntityCore, EntityInit } from "../base/entity.ts";
import type { AnyRtpObserver, RtpObserverParent } from "../observers/rtp_observer.ts";

/** The router as its observers' part sees it. */
export interface ObservedRouter extends EntityCore, RtpObserverParent {
  rtpObserverOpened(rtpObserver: AnyRtpObserver): void;
}

export class RouterObservers {
  readonly #router: ObservedRouter;
  readonly #rtpObservers = new Set<AnyRtpObserver>();

  constructor(router: ObservedRouter) {
    this.#router = router;
  }

  openActiveSpeakerObserver<D extends AppData>(
    options: ActiveSpeakerObserverOptions<D>,
  ): ActiveSpeakerObserverImpl<D> {
    const { ROUTER_CREATE_ACTIVE_SPEAKER_OBSERVER: method } = Method;
    return this.#open(options, method, toActiveSpeakerRequest, ActiveSpeakerObserverImpl<D>);
  }

  openAudioLevelObserver<D extends AppData>(
    options: AudioLevelObserverOptions<D>,
  ): AudioLevelObserverImpl<D> {
    const { ROUTER_CREATE_AUDIO_LEVEL_OBSERVER: method } = Method;
    return this.#open(options, method, toAudioLevelRequest, AudioLevelObserverImpl<D>);
  }

  delete(rtpObserver: AnyRtpObserver): void {
    this.#rtpObservers.delete(rtpObserver);
  }

  /** The router has closed. */
  close(): void {
    for (const rtpObserver of this.#rtpObservers) rtpObserver.routerClosed();
    this.#rtpObservers.clear();
  }

  #open<D extends AppData, Options extends { appData?: D }, T extends AnyRtpObserver>(
    given: Options,
    method: number,
    toRequest: (options: Options) => object,
    Impl: new (init: EntityInit<D>, parent: RtpObserverParent) => T,
  ): T {
    const router = this.#router;
    router.assertOpen();
    const options = check.fields(given, "options");
    const request = toRequest(options);
    const appData = check.appData<D>(options.appData);
    const { id } = router.call<{ id: number }>(method, request);
    const rtpObserver = new Impl({ client: router.client, engineId: id, appData }, router);
    this.#rtpObservers.add(rtpObserver);
    router.rtpObserverOpened(rtpObserver);
    return rtpObserver;
  }
}

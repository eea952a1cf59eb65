/** The part of a router that makes observers of its producers and keeps them. */
import {
  ActiveSpeakerObserverImpl,
  toActiveSpeakerRequest,
} from "../observers/active_speaker_observer.ts";
import type {
  ActiveSpeakerObserver,
  ActiveSpeakerObserverOptions,
} from "../api/active_speaker_observer.ts";
import { AudioLevelObserverImpl, toAudioLevelRequest } from "../observers/audio_level_observer.ts";
import type { AudioLevelObserver, AudioLevelObserverOptions } from "../api/audio_level_observer.ts";
import * as check from "../base/check.ts";
import type { AppData } from "../api/common.ts";
import { Method } from "../base/engine_client.ts";
import { Entity, type EntityInit } from "../base/entity.ts";
import { Logger } from "../base/logger.ts";
import type { ProducerImpl } from "../media/producer.ts";
import type { RouterEvents, RouterObserverEvents } from "../api/router.ts";
import type { AnyRtpObserver, RtpObserverParent } from "../observers/rtp_observer.ts";
import type { RtpObserver } from "../api/rtp_observer.ts";

const logger = new Logger("Router");

export abstract class RouterObservers<Data extends AppData>
  extends Entity<Data, RouterEvents, RouterObserverEvents>
  implements RtpObserverParent {
  readonly #rtpObservers = new Set<AnyRtpObserver>();

  constructor(init: EntityInit<Data>) {
    super(init, logger);
  }

  abstract findProducer(id: string): ProducerImpl | undefined;
  abstract reachProducer(id: string): ProducerImpl | undefined;

  async createActiveSpeakerObserver<D extends AppData = AppData>(
    options: ActiveSpeakerObserverOptions<D> = {},
  ): Promise<ActiveSpeakerObserver<D>> {
    logger.debug("createActiveSpeakerObserver()");
    return this.openActiveSpeakerObserver<D>(options);
  }

  /** @private For a pool's router too. */
  openActiveSpeakerObserver<D extends AppData = AppData>(
    options: ActiveSpeakerObserverOptions<D>,
  ): ActiveSpeakerObserverImpl<D> {
    const { ROUTER_CREATE_ACTIVE_SPEAKER_OBSERVER: method } = Method;
    return this.#open(options, method, toActiveSpeakerRequest, ActiveSpeakerObserverImpl<D>);
  }

  async createAudioLevelObserver<D extends AppData = AppData>(
    options: AudioLevelObserverOptions<D> = {},
  ): Promise<AudioLevelObserver<D>> {
    logger.debug("createAudioLevelObserver()");
    return this.openAudioLevelObserver<D>(options);
  }

  /** @private For a pool's router too. */
  openAudioLevelObserver<D extends AppData = AppData>(
    options: AudioLevelObserverOptions<D>,
  ): AudioLevelObserverImpl<D> {
    const { ROUTER_CREATE_AUDIO_LEVEL_OBSERVER: method } = Method;
    return this.#open(options, method, toAudioLevelRequest, AudioLevelObserverImpl<D>);
  }

  /** @private For its observers. */
  rtpObserverClosed(rtpObserver: AnyRtpObserver): void {
    this.#rtpObservers.delete(rtpObserver);
  }

  protected closeRtpObservers(): void {
    for (const rtpObserver of this.#rtpObservers) rtpObserver.routerClosed();
    this.#rtpObservers.clear();
  }

  #open<D extends AppData, Options extends { appData?: D }, T extends AnyRtpObserver>(
    given: Options,
    method: number,
    toRequest: (options: Options) => object,
    Impl: new (init: EntityInit<D>, parent: RtpObserverParent) => T,
  ): T {
    this.assertOpen();
    const options = check.fields(given, "options");
    const request = toRequest(options);
    const appData = check.appData<D>(options.appData);
    const { id } = this.call<{ id: number }>(method, request);
    const rtpObserver = new Impl({ link: this.link, engineId: id, appData }, this);
    this.#rtpObservers.add(rtpObserver);
    this.observe("newrtpobserver", rtpObserver as RtpObserver);
    return rtpObserver;
  }
}

/** What a pool's router shares with every entity, and its observers. */
import { randomUUID } from "node:crypto";
import type {
  ActiveSpeakerObserver,
  ActiveSpeakerObserverOptions,
} from "../api/active_speaker_observer.ts";
import { ApiObject } from "../base/api_object.ts";
import type { AudioLevelObserver, AudioLevelObserverOptions } from "../api/audio_level_observer.ts";
import * as check from "../base/check.ts";
import type { AppData } from "../api/common.ts";
import type { EngineLink } from "../base/engine_client.ts";
import { NotFoundError, WorkerClosedError } from "../base/errors.ts";
import { Logger } from "../base/logger.ts";
import type { PoolMember } from "./pool_member.ts";
import {
  type AnyPoolRtpObserver,
  PoolActiveSpeakerObserver,
  PoolAudioLevelObserver,
  type PoolObserverParent,
} from "./pool_rtp_observer.ts";
import type { ProducerImpl } from "../media/producer.ts";
import type { RouterEvents, RouterObserverEvents } from "../api/router.ts";
import type { RtpObserver } from "../api/rtp_observer.ts";

const logger = new Logger("Router");

export abstract class PoolRouterObservers<Data extends AppData>
  extends ApiObject<Data, RouterEvents, RouterObserverEvents>
  implements PoolObserverParent {
  readonly #id = randomUUID();
  readonly #rtpObservers = new Set<AnyPoolRtpObserver>();

  constructor(appData: Data) {
    super(appData, logger);
  }

  abstract get links(): readonly EngineLink[];
  abstract place(): PoolMember;
  abstract findProducer(id: string): ProducerImpl | undefined;
  abstract holdProducer(id: string, member: PoolMember): (() => void) | undefined;

  get id(): string {
    return this.#id;
  }

  async createActiveSpeakerObserver<D extends AppData = AppData>(
    given: ActiveSpeakerObserverOptions<D> = {},
  ): Promise<ActiveSpeakerObserver<D>> {
    logger.debug("createActiveSpeakerObserver()");
    this.assertOpen();
    const options = { ...check.fields(given, "options") };
    const appData = check.appData<D>(options.appData);
    const open = (member: PoolMember) => member.openActiveSpeakerObserver(options);
    return this.#add(new PoolActiveSpeakerObserver<D>(this, open, appData));
  }

  async createAudioLevelObserver<D extends AppData = AppData>(
    given: AudioLevelObserverOptions<D> = {},
  ): Promise<AudioLevelObserver<D>> {
    logger.debug("createAudioLevelObserver()");
    this.assertOpen();
    const options = { ...check.fields(given, "options") };
    const appData = check.appData<D>(options.appData);
    const open = (member: PoolMember) => member.openAudioLevelObserver(options);
    return this.#add(new PoolAudioLevelObserver<D>(this, open, appData));
  }

  /** @private For its observers. */
  rtpObserverClosed(rtpObserver: AnyPoolRtpObserver): void {
    this.#rtpObservers.delete(rtpObserver);
  }

  protected closeRtpObservers(): void {
    for (const rtpObserver of this.#rtpObservers) rtpObserver.routerClosed();
    this.#rtpObservers.clear();
  }

  /** @throws WorkerClosedError Every worker is closed. NotFoundError This router is. */
  protected assertOpen(): void {
    if (this.links.length === 0) throw new WorkerClosedError("Worker closed");
    if (this.closed) throw new NotFoundError(`Router with id "${this.#id}" is closed`);
  }

  #add<T extends AnyPoolRtpObserver>(rtpObserver: T): T {
    this.#rtpObservers.add(rtpObserver);
    this.observe("newrtpobserver", rtpObserver as RtpObserver);
    return rtpObserver;
  }
}

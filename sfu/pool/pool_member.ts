/**
 * A pool router's part on one worker: an ordinary router whose transports find the producers of all
 * parts. Producers of other parts come through a pipe when they are consumed or observed.
 */
import type { AppData } from "../api/common.ts";
import type { ConsumerImpl } from "../media/consumer.ts";
import type { EngineClient } from "../base/engine_client.ts";
import type { EntityInit } from "../base/entity.ts";
import type { PoolPipes } from "./pool_pipes.ts";
import type { ProducerImpl } from "../media/producer.ts";
import { RouterImpl, type RouterParent } from "../router/router.ts";
import type { RtpCapabilities } from "../api/rtp_parameters.ts";

/** The pool's router as its parts see it. */
export interface MemberParent {
  readonly sharedRtpCapabilities: RtpCapabilities;
  readonly clients: readonly EngineClient[];
  /** Finds the producers of all parts, and pipes them from one part to another. */
  readonly pipes: PoolPipes;
}

export class PoolMember extends RouterImpl<AppData> {
  readonly #whole: MemberParent;

  constructor(init: EntityInit<AppData>, worker: RouterParent, whole: MemberParent) {
    super(init, whole.sharedRtpCapabilities, worker);
    this.#whole = whole;
  }

  override get sharedRtpCapabilities(): RtpCapabilities {
    return this.#whole.sharedRtpCapabilities;
  }

  override get clients(): readonly EngineClient[] {
    return this.#whole.clients;
  }

  override findProducer(id: string): ProducerImpl | undefined {
    return this.#whole.pipes.find(id);
  }

  override reachProducer(id: string): ProducerImpl | undefined {
    return this.#whole.pipes.reach(id, this);
  }

  override producerOpened(producer: ProducerImpl): void {
    this.#whole.pipes.add(producer, this);
  }

  override producerClosed(producer: ProducerImpl): void {
    this.#whole.pipes.remove(producer);
  }

  /** @private For its transports. */
  consumerOpened(consumer: ConsumerImpl, producer: ProducerImpl): void {
    this.#whole.pipes.holdFor(consumer, producer);
  }

  override close(): void {
    if (!this.closed) this.#whole.pipes.removeMember(this);
    super.close();
  }

  override workerClosed(): void {
    if (!this.closed) this.#whole.pipes.removeMember(this);
    super.workerClosed();
  }
}

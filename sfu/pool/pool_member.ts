/**
 * A pool router's part on one worker: a router like any other, whose transports find the producers of
 * all parts. What it consumes or observes of another part comes through a pipe.
 */
import type { AppData } from "../api/common.ts";
import type { ConsumerImpl } from "../media/consumer.ts";
import type { EngineLink } from "../base/engine_client.ts";
import type { EntityInit } from "../base/entity.ts";
import type { ProducerImpl } from "../media/producer.ts";
import { RouterImpl, type RouterParent } from "../router/router.ts";
import type { RtpCapabilities } from "../api/rtp_parameters.ts";

/** The pool's router as its parts see it. */
export interface MemberParent {
  readonly sharedRtpCapabilities: RtpCapabilities;
  readonly links: readonly EngineLink[];
  findProducer(id: string): ProducerImpl | undefined;
  /** The producer where `member` is, piped there if need be. */
  reachProducer(id: string, member: PoolMember): ProducerImpl | undefined;
  producerOpened(producer: ProducerImpl, member: PoolMember): void;
  producerClosed(producer: ProducerImpl): void;
  consumerOpened(consumer: ConsumerImpl, producer: ProducerImpl): void;
  /** Its producers are going, and whatever is piped to it or from it. */
  memberClosing(member: PoolMember): void;
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

  override get links(): readonly EngineLink[] {
    return this.#whole.links;
  }

  override findProducer(id: string): ProducerImpl | undefined {
    return this.#whole.findProducer(id);
  }

  override reachProducer(id: string): ProducerImpl | undefined {
    return this.#whole.reachProducer(id, this);
  }

  override producerOpened(producer: ProducerImpl): void {
    this.#whole.producerOpened(producer, this);
  }

  override producerClosed(producer: ProducerImpl): void {
    this.#whole.producerClosed(producer);
  }

  /** For its transports. */
  consumerOpened(consumer: ConsumerImpl, producer: ProducerImpl): void {
    this.#whole.consumerOpened(consumer, producer);
  }

  override close(): void {
    if (!this.closed) this.#whole.memberClosing(this);
    super.close();
  }

  override workerClosed(): void {
    if (!this.closed) this.#whole.memberClosing(this);
    super.workerClosed();
  }
}

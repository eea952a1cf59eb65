/** The producer: an endpoint's media on its way in. Made by `transport.produce()`. */
import type { Buffer } from "node:buffer";
import * as check from "../base/check.ts";
import type { AppData } from "../api/common.ts";
import { toProducerDump } from "../base/dumps.ts";
import { EventType, Method } from "../base/engine_client.ts";
import type { EntityInit } from "../base/entity.ts";
import { UnsupportedError } from "../base/errors.ts";
import { Logger } from "../base/logger.ts";
import type {
  Producer,
  ProducerDump,
  ProducerEvents,
  ProducerObserverEvents,
  ProducerScore,
  ProducerStat,
  ProducerTraceEventData,
  ProducerTraceEventType,
  ProducerType,
  ProducerVideoOrientation,
} from "../api/producer.ts";
import type { MediaKind, RtpParameters } from "../api/rtp_parameters.ts";
import { type ChildMethods, TransportChild } from "../transport/transport_child.ts";
import * as utils from "../base/utils.ts";

const logger = new Logger("Producer");

const methods: ChildMethods = {
  close: Method.PRODUCER_CLOSE,
  pause: Method.PRODUCER_PAUSE,
  resume: Method.PRODUCER_RESUME,
};

const traceTypes: readonly ProducerTraceEventType[] = [
  "rtp",
  "keyframe",
  "nack",
  "pli",
  "fir",
  "sr",
];

/** The state of a producer. */
export interface ProducerData {
  kind: MediaKind;
  type: ProducerType;
  rtpParameters: RtpParameters;
  /** The same in the router's payload types and SSRCs. */
  consumableRtpParameters: RtpParameters;
  paused: boolean;
}

/** The transport as its producers see it. */
export interface ProducerParent {
  producerClosed(producer: ProducerImpl): void;
}

export class ProducerImpl<Data extends AppData = AppData>
  extends TransportChild<Data, ProducerEvents, ProducerObserverEvents>
  implements Producer<Data> {
  readonly #data: ProducerData;
  readonly #parent: ProducerParent;
  #score: ProducerScore[] = [];

  constructor(init: EntityInit<Data>, data: ProducerData, parent: ProducerParent) {
    super(init, data, methods, logger);
    this.#data = data;
    this.#parent = parent;
  }

  get kind(): MediaKind {
    return this.#data.kind;
  }

  get rtpParameters(): RtpParameters {
    return utils.clone(this.#data.rtpParameters);
  }

  get type(): ProducerType {
    return this.#data.type;
  }

  get consumableRtpParameters(): RtpParameters {
    return utils.clone(this.#data.consumableRtpParameters);
  }

  /** @private For consumers. Not a copy: do not change it. */
  get sharedConsumableRtpParameters(): RtpParameters {
    return this.#data.consumableRtpParameters;
  }

  get score(): ProducerScore[] {
    return this.#score.map((entry) => ({ ...entry }));
  }

  protected override leaveTransport(): void {
    this.#parent.producerClosed(this as ProducerImpl);
  }

  async dump(): Promise<ProducerDump> {
    logger.debug("dump()");
    return toProducerDump(this.id, this.call<ProducerDump>(Method.PRODUCER_DUMP));
  }

  async getStats(): Promise<ProducerStat[]> {
    logger.debug("getStats()");
    return this.call<ProducerStat[]>(Method.PRODUCER_STATS);
  }

  async enableTraceEvent(types: ProducerTraceEventType[] = []): Promise<void> {
    logger.debug("enableTraceEvent()");
    this.assertOpen();
    this.call(Method.PRODUCER_ENABLE_TRACE, { types: check.traceTypes(types, traceTypes) });
  }

  /** @throws UnsupportedError The transport is not direct. TypeError Not bytes. */
  send(rtpPacket: Buffer): void {
    check.bytes(rtpPacket, "rtpPacket");
    throw new UnsupportedError("producer.send() needs a Producer of a DirectTransport");
  }

  /** @throws UnsupportedError The transport is not direct. TypeError Not an array of bytes. */
  sendBatch(rtpPackets: Buffer[]): number {
    for (const packet of check.array(rtpPackets, "rtpPackets")) {
      check.bytes(packet, "every one of rtpPackets");
    }
    throw new UnsupportedError("producer.sendBatch() needs a Producer of a DirectTransport");
  }

  handleEngineEvent(type: number, payload: unknown): void {
    switch (type) {
      case EventType.PRODUCER_SCORE: {
        this.#score = (payload as { score: ProducerScore[] }).score;
        this.safeEmit("score", this.score);
        this.observe("score", this.score);
        break;
      }
      case EventType.PRODUCER_VIDEO_ORIENTATION: {
        const orientation = payload as ProducerVideoOrientation;
        this.safeEmit("videoorientationchange", orientation);
        this.observe("videoorientationchange", orientation);
        break;
      }
      case EventType.PRODUCER_TRACE: {
        const trace = payload as ProducerTraceEventData;
        this.safeEmit("trace", trace);
        this.observe("trace", trace);
        break;
      }
      default:
        logger.error(`ignoring unknown event "${type}"`);
    }
  }
}

/**
 * The direct transport: its other end is the application itself. Made by
 * `router.createDirectTransport()`.
 */
import type { Buffer } from "node:buffer";
import type { AppData } from "../api/common.ts";
import { DirectConsumerImpl } from "../media/direct_consumer.ts";
import { checkPacket, DirectProducerImpl } from "../media/direct_producer.ts";
import type {
  DirectTransport,
  DirectTransportDump,
  DirectTransportEvents,
  DirectTransportObserverEvents,
  DirectTransportStat,
} from "../api/direct_transport.ts";
import { type EngineTransportDump, toBaseTransportDump } from "../base/dumps.ts";
import { DirectType, Method } from "../base/engine_client.ts";
import type { EntityInit } from "../base/entity.ts";
import { UnsupportedError } from "../base/errors.ts";
import { Logger } from "../base/logger.ts";
import { TransportImpl, type TransportParent } from "./transport.ts";
import type { DirectTransportRequest } from "./transport_options.ts";

const logger = new Logger("DirectTransport");

export class DirectTransportImpl<Data extends AppData = AppData>
  extends TransportImpl<Data, DirectTransportEvents, DirectTransportObserverEvents>
  implements DirectTransport<Data> {
  constructor(
    init: EntityInit<Data>,
    { maxReceiveMessageSize }: DirectTransportRequest,
    parent: TransportParent,
  ) {
    super(init, parent, {
      logger,
      maxMessageSize: maxReceiveMessageSize,
      media: {
        newProducer: (...made) => new DirectProducerImpl(...made),
        newConsumer: (...made) => new DirectConsumerImpl(...made),
      },
    });
    this.client.openDirect();
  }

  get type(): "direct" {
    return "direct";
  }

  async dump(): Promise<DirectTransportDump> {
    logger.debug("dump()");
    const dump = this.call<EngineTransportDump>(Method.TRANSPORT_DUMP);
    return toBaseTransportDump(this.client, this.id, dump);
  }

  async getStats(): Promise<DirectTransportStat[]> {
    logger.debug("getStats()");
    const stats = this.call<DirectTransportStat>(Method.TRANSPORT_STATS);
    return [{ ...stats, transportId: this.id }];
  }

  /** Does nothing: the application is the other end. */
  async connect(): Promise<void> {
    logger.debug("connect()");
  }

  /** @throws UnsupportedError Always. */
  override async setMaxIncomingBitrate(_bitrate: number): Promise<void> {
    throw notImplemented("setMaxIncomingBitrate()");
  }

  /** @throws UnsupportedError Always. */
  override async setMaxOutgoingBitrate(_bitrate: number): Promise<void> {
    throw notImplemented("setMaxOutgoingBitrate()");
  }

  /** @throws UnsupportedError Always. */
  override async setMinOutgoingBitrate(_bitrate: number): Promise<void> {
    throw notImplemented("setMinOutgoingBitrate()");
  }

  sendRtcp(rtcpPacket: Buffer): void {
    checkPacket(rtcpPacket, "rtcpPacket");
    if (!this.closed) this.client.writeDirect(DirectType.RTCP, this.engineId, 0, rtcpPacket);
  }

  /** @private For the worker's client: RTCP of the engine. */
  handleDirect(_type: number, packets: Buffer[]): void {
    for (const packet of packets) {
      this.safeEmit("rtcp", packet);
      this.observe("rtcp", packet);
      if (this.closed) return;
    }
  }
}

function notImplemented(method: string): UnsupportedError {
  return new UnsupportedError(`${method} not implemented in DirectTransport`);
}

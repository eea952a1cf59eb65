/** A consumer of a direct transport: its packets come here. */
import type { Buffer } from "node:buffer";
import type { AppData } from "../api/common.ts";
import { ConsumerImpl } from "./consumer.ts";
import { Deliveries } from "../data/delivery_queue.ts";
import type { Delivery, DeliveryOptions } from "../api/delivery.ts";

export class DirectConsumerImpl<Data extends AppData = AppData> extends ConsumerImpl<Data> {
  readonly #deliveries = new Deliveries<Buffer>();

  override packets(options?: DeliveryOptions): Delivery<Buffer> {
    return this.#deliveries.open(options);
  }

  /** @private For the worker's client: consecutive packets. */
  handleDirect(_type: number, packets: Buffer[]): void {
    // Comes last, as listeners of the batch may change it.
    if (this.listenerCount("rtp") > 0) {
      for (const packet of packets) {
        this.safeEmit("rtp", packet);
        if (this.closed) return;
      }
    }
    if (this.#deliveries.any) { for (const packet of packets) this.#deliveries.push(packet); }
    if (this.listenerCount("rtpbatch") > 0) this.safeEmit("rtpbatch", packets);
  }

  protected override markClosed(): boolean {
    const closed = super.markClosed();
    if (closed) this.#deliveries.end();
    return closed;
  }
}

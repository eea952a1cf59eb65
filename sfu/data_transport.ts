/** What transports have of data producers and data consumers. */
import { BitrateLimits } from "./bitrate_limits.ts";
import type { AppData } from "./common_types.ts";
import type { DataConsumer, DataConsumerOptions } from "./data_consumer_types.ts";
import type { DataProducer, DataProducerOptions } from "./data_producer_types.ts";
import type { Events } from "./emitter.ts";
import { UnsupportedError } from "./errors.ts";

/** The base of all transports. */
export abstract class DataTransport<Data extends AppData, E extends Events, O extends Events>
  extends BitrateLimits<Data, E, O> {
  /** @throws UnsupportedError The transport is not direct: there is no SCTP yet. */
  async produceData<D extends AppData = AppData>(
    _options?: DataProducerOptions<D>,
  ): Promise<DataProducer<D>> {
    throw new UnsupportedError("data channels are not supported yet: produceData()");
  }

  /** @throws UnsupportedError The transport is not direct: there is no SCTP yet. */
  async consumeData<D extends AppData = AppData>(
    _options: DataConsumerOptions<D>,
  ): Promise<DataConsumer<D>> {
    throw new UnsupportedError("data channels are not supported yet: consumeData()");
  }
}

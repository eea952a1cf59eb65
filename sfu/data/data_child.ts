/** The base of data producers and data consumers. Without SCTP, all of them are direct. */
import type { AppData } from "../api/common.ts";
import type { EntityInit } from "../base/entity.ts";
import type { Logger } from "../base/logger.ts";
import type { SctpStreamParameters } from "../api/sctp_parameters.ts";
import {
  type ChildData,
  type ChildEvents,
  type ChildMethods,
  type ChildObserverEvents,
  TransportChild,
} from "../transport/transport_child.ts";

/** The data that both kinds have. */
export interface DataChildData extends ChildData {
  label: string;
  protocol: string;
}

export abstract class DataChild<
  Data extends AppData,
  E extends ChildEvents,
  O extends ChildObserverEvents,
> extends TransportChild<Data, E, O> {
  readonly #data: DataChildData;

  constructor(init: EntityInit<Data>, data: DataChildData, methods: ChildMethods, logger: Logger) {
    super(init, data, methods, logger);
    this.#data = data;
  }

  get type(): "direct" {
    return "direct";
  }

  /** Undefined: only SCTP has them. */
  get sctpStreamParameters(): SctpStreamParameters | undefined {
    return undefined;
  }

  get label(): string {
    return this.#data.label;
  }

  get protocol(): string {
    return this.#data.protocol;
  }
}

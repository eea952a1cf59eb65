/**
 * The pipe transport: carries all streams of a producer between two routers. Made by
 * `router.createPipeTransport()` and by `router.pipeToRouter()`.
 */
import * as check from "../base/check.ts";
import type { AppData } from "../api/common.ts";
import { toPipeConsumeRequest } from "../transport/consume_request.ts";
import type { Consumer, ConsumerOptions } from "../api/consumer.ts";
import { checkSrtpIfEnabled } from "../transport/dtls_parameters.ts";
import {
  type EngineTransportDump,
  type EngineTuple,
  toBaseTransportDump,
  toTuple,
} from "../base/dumps.ts";
import { Method } from "../base/engine_client.ts";
import type { EntityInit } from "../base/entity.ts";
import { Logger } from "../base/logger.ts";
import type {
  PipeConsumerOptions,
  PipeTransport,
  PipeTransportDump,
  PipeTransportEvents,
  PipeTransportObserverEvents,
  PipeTransportStat,
} from "../api/pipe_transport.ts";
import type { SrtpCryptoSuite, SrtpParameters } from "../api/srtp_parameters.ts";
import { TransportImpl, type TransportParent } from "../transport/transport.ts";
import type { PipeTransportRequest } from "../transport/transport_options.ts";
import type { TransportTuple } from "../api/transport.ts";

const logger = new Logger("PipeTransport");

/** As in mediasoup there is no other choice: both ends are servers. */
const cryptoSuite: SrtpCryptoSuite = "AEAD_AES_256_GCM";

/** The engine's answer to ROUTER_CREATE_PIPE_TRANSPORT, and to TRANSPORT_CONNECT. */
export interface EnginePipeTransport {
  tuple: EngineTuple;
  srtpParameters?: SrtpParameters;
}

/** What `connect()` takes. */
export interface PipeConnectOptions {
  ip: string;
  port: number;
  srtpParameters?: SrtpParameters;
}

export class PipeTransportImpl<Data extends AppData = AppData>
  extends TransportImpl<Data, PipeTransportEvents, PipeTransportObserverEvents>
  implements PipeTransport<Data> {
  readonly #mode: PipeTransportRequest;
  #tuple: TransportTuple;
  #srtpParameters?: SrtpParameters;
  #connectCalled = false;

  constructor(
    init: EntityInit<Data>,
    data: EnginePipeTransport,
    mode: PipeTransportRequest,
    parent: TransportParent,
  ) {
    super(init, parent, {
      logger,
      media: {
        isPipe: true,
        toConsumeRequest: (options, producers) =>
          toPipeConsumeRequest(options, producers, mode.enableRtx),
      },
    });
    this.#mode = mode;
    this.#tuple = toTuple(data.tuple);
    this.#srtpParameters = data.srtpParameters;
  }

  get type(): "pipe" {
    return "pipe";
  }

  /** A linked transport has no socket: its port is 0. */
  get tuple(): TransportTuple {
    return { ...this.#tuple };
  }

  get srtpParameters(): SrtpParameters | undefined {
    return this.#srtpParameters && { ...this.#srtpParameters };
  }

  async dump(): Promise<PipeTransportDump> {
    logger.debug("dump()");
    const dump = this.call<EngineTransportDump & EnginePipeTransport & { rtx: boolean }>(
      Method.TRANSPORT_DUMP,
    );
    return {
      ...toBaseTransportDump(this.client, this.id, dump),
      tuple: toTuple(dump.tuple),
      rtx: dump.rtx,
      srtpParameters: dump.srtpParameters,
    };
  }

  async getStats(): Promise<PipeTransportStat[]> {
    logger.debug("getStats()");
    const stats = this.call<PipeTransportStat>(Method.TRANSPORT_STATS);
    return [{ ...stats, transportId: this.id, tuple: toTuple(stats.tuple) }];
  }

  /**
   * Tells the transport where the other end is, and with SRTP, the other end's key.
   *
   * @throws TypeError A field that is wrong, missing or out of place. Error It was called before, or
   * `pipeToRouter()` made the transport.
   */
  async connect(options: PipeConnectOptions): Promise<void> {
    logger.debug("connect()");
    this.assertOpen();
    const request = checkConnect(check.fields(options, "options"), this.#mode.enableSrtp);
    if (this.#connectCalled) throw new Error("connect() already called");
    const { tuple } = this.call<EnginePipeTransport>(Method.TRANSPORT_CONNECT, request);
    this.#tuple = toTuple(tuple);
    this.#connectCalled = true;
  }

  /**
   * @private For pipeToRouter(): links two transports without sockets, on the same or on two workers.
   *
   * @throws NotFoundError | WorkerClosedError One of them is closed. The caller closes the other one.
   */
  linkTo(other: PipeTransportImpl): void {
    const { linkId } = this.call<{ linkId: number }>(Method.TRANSPORT_CONNECT_LINK, {});
    other.call(Method.TRANSPORT_CONNECT_LINK, { linkId });
    this.#connectCalled = other.#connectCalled = true;
  }

  override consume<D extends AppData = AppData>(
    options: PipeConsumerOptions<D>,
  ): Promise<Consumer<D>> {
    return super.consume<D>(options as ConsumerOptions<D>);
  }
}

function checkConnect(options: PipeConnectOptions, enableSrtp: boolean): PipeConnectOptions {
  const { ip, port, srtpParameters } = options;
  if (ip === undefined) throw new TypeError("missing ip");
  if (port === undefined) throw new TypeError("missing port");
  const request: PipeConnectOptions = {
    ip: check.ip(ip, "ip"),
    port: check.count(port, "port", 1, check.portMax),
  };
  const srtp = checkSrtpIfEnabled(srtpParameters, enableSrtp);
  if (!srtp) return request;
  if (srtp.cryptoSuite !== cryptoSuite) {
    throw new TypeError(`srtpParameters.cryptoSuite must be ${cryptoSuite}`);
  }
  return { ...request, srtpParameters: srtp };
}

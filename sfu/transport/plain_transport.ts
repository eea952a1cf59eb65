/** The plain transport: RTP over UDP, or SRTP. Made by `router.createPlainTransport()`. */
import * as check from "../base/check.ts";
import type { AppData } from "../api/common.ts";
import { checkSrtpIfEnabled } from "./dtls_parameters.ts";
import {
  type EngineTransportDump,
  type EngineTuple,
  toBaseTransportDump,
  toTuple,
} from "../base/dumps.ts";
import { EventType, Method } from "../base/engine_client.ts";
import type { EntityInit } from "../base/entity.ts";
import { Logger } from "../base/logger.ts";
import type {
  PlainTransport,
  PlainTransportDump,
  PlainTransportEvents,
  PlainTransportObserverEvents,
  PlainTransportStat,
} from "../api/plain_transport.ts";
import type { SrtpParameters } from "../api/srtp_parameters.ts";
import { TransportImpl, type TransportParent } from "./transport.ts";
import type { TransportTuple } from "../api/transport.ts";

const logger = new Logger("PlainTransport");

/** The engine's answer to ROUTER_CREATE_PLAIN_TRANSPORT, and to TRANSPORT_CONNECT. */
export interface EnginePlainTransport {
  tuple: EngineTuple;
  rtcpTuple?: EngineTuple;
  srtpParameters?: SrtpParameters;
}

/** How the transport was made. */
export interface PlainTransportMode {
  rtcpMux: boolean;
  comedia: boolean;
  enableSrtp: boolean;
}

/** What `connect()` takes. */
export interface PlainConnectOptions {
  ip?: string;
  port?: number;
  rtcpPort?: number;
  srtpParameters?: SrtpParameters;
}

export class PlainTransportImpl<Data extends AppData = AppData>
  extends TransportImpl<Data, PlainTransportEvents, PlainTransportObserverEvents>
  implements PlainTransport<Data> {
  readonly #mode: PlainTransportMode;
  #tuple: TransportTuple;
  #rtcpTuple?: TransportTuple;
  #srtpParameters?: SrtpParameters;
  #connectCalled = false;

  constructor(
    init: EntityInit<Data>,
    data: EnginePlainTransport,
    mode: PlainTransportMode,
    parent: TransportParent,
  ) {
    super(init, parent, { logger });
    this.#mode = mode;
    this.#tuple = toTuple(data.tuple);
    this.#update(data);
  }

  get type(): "plain" {
    return "plain";
  }

  get tuple(): TransportTuple {
    return { ...this.#tuple };
  }

  get rtcpTuple(): TransportTuple | undefined {
    return this.#rtcpTuple && { ...this.#rtcpTuple };
  }

  get srtpParameters(): SrtpParameters | undefined {
    return this.#srtpParameters && { ...this.#srtpParameters };
  }

  async dump(): Promise<PlainTransportDump> {
    logger.debug("dump()");
    const dump = this.call<EngineTransportDump & EnginePlainTransport>(Method.TRANSPORT_DUMP);
    return {
      ...toBaseTransportDump(this.client, this.id, dump),
      rtcpMux: this.#mode.rtcpMux,
      comedia: this.#mode.comedia,
      tuple: toTuple(dump.tuple),
      rtcpTuple: dump.rtcpTuple && toTuple(dump.rtcpTuple),
      srtpParameters: dump.srtpParameters,
    };
  }

  async getStats(): Promise<PlainTransportStat[]> {
    logger.debug("getStats()");
    const stats = this.call<PlainTransportStat>(Method.TRANSPORT_STATS);
    return [{
      ...stats,
      type: "plain-rtp-transport",
      transportId: this.id,
      rtcpMux: this.#mode.rtcpMux,
      comedia: this.#mode.comedia,
      tuple: toTuple(stats.tuple),
      ...(stats.rtcpTuple && { rtcpTuple: toTuple(stats.rtcpTuple) }),
    }];
  }

  /**
   * Tells the transport where to send, and with SRTP, the other end's key. With `comedia`, an address
   * is ignored.
   *
   * @throws TypeError A field that is wrong, missing or out of place. Error It was called before.
   */
  async connect(options: PlainConnectOptions): Promise<void> {
    logger.debug("connect()");
    this.assertOpen();
    const request = checkConnect(check.fields(options, "options"), this.#mode);
    if (this.#connectCalled) throw new Error("connect() already called");
    this.#update(this.call<EnginePlainTransport>(Method.TRANSPORT_CONNECT, request));
    this.#connectCalled = true;
  }

  override handleEngineEvent(type: number, payload: unknown): void {
    switch (type) {
      case EventType.TUPLE: {
        const tuple = this.#tuple = toTuple((payload as { tuple: EngineTuple }).tuple);
        this.safeEmit("tuple", { ...tuple });
        return this.observe("tuple", { ...tuple });
      }
      case EventType.RTCP_TUPLE: {
        const tuple = this.#rtcpTuple = toTuple((payload as { rtcpTuple: EngineTuple }).rtcpTuple);
        this.safeEmit("rtcptuple", { ...tuple });
        return this.observe("rtcptuple", { ...tuple });
      }
      default:
        return super.handleEngineEvent(type, payload);
    }
  }

  #update(data: Partial<EnginePlainTransport> = {}): void {
    if (data.tuple) this.#tuple = toTuple(data.tuple);
    if (data.rtcpTuple) this.#rtcpTuple = toTuple(data.rtcpTuple);
    if (data.srtpParameters) this.#srtpParameters = data.srtpParameters;
  }
}

function checkConnect(options: PlainConnectOptions, mode: PlainTransportMode): PlainConnectOptions {
  const { ip, port, srtpParameters } = options;
  const rtcpPort = check.optionalCount(options.rtcpPort, "rtcpPort", 1, check.portMax);
  const request: PlainConnectOptions = {};
  const srtp = checkSrtpIfEnabled(srtpParameters, mode.enableSrtp);
  if (srtp) request.srtpParameters = srtp;
  if (mode.comedia) {
    if (ip !== undefined || port !== undefined || rtcpPort !== undefined) {
      logger.warn("connect() | ignoring ip, port and rtcpPort since comedia is enabled");
    }
    return request;
  }
  if (ip === undefined) throw new TypeError("missing ip");
  if (port === undefined) throw new TypeError("missing port");
  request.ip = check.ip(ip, "ip");
  request.port = check.count(port, "port", 1, check.portMax);
  if (mode.rtcpMux) {
    if (rtcpPort !== undefined) throw new TypeError("cannot set rtcpPort with rtcpMux enabled");
    return request;
  }
  if (rtcpPort === undefined) {
    throw new TypeError("missing rtcpPort (required with rtcpMux disabled)");
  }
  request.rtcpPort = rtcpPort;
  return request;
}

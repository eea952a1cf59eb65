/** The WebRTC transport: ICE-lite, DTLS, SRTP. Made by `router.createWebRtcTransport()`. */
import * as check from "../base/check.ts";
import type { AppData } from "../api/common.ts";
import { checkDtlsParameters } from "./dtls_parameters.ts";
import {
  type EngineIceCandidate,
  type EngineTransportDump,
  type EngineTuple,
  toBaseTransportDump,
  toIceCandidate,
  toTuple,
} from "../base/dumps.ts";
import { EventType, Method } from "../base/engine_client.ts";
import type { EntityInit } from "../base/entity.ts";
import { Logger } from "../base/logger.ts";
import { TransportImpl, type TransportParent } from "./transport.ts";
import type { TransportTuple } from "../api/transport.ts";
import type { WebRtcServerImpl } from "../worker/web_rtc_server.ts";
import type {
  DtlsParameters,
  DtlsRole,
  DtlsState,
  IceCandidate,
  IceParameters,
  IceState,
  WebRtcTransport,
  WebRtcTransportDump,
  WebRtcTransportEvents,
  WebRtcTransportObserverEvents,
  WebRtcTransportStat,
} from "../api/web_rtc_transport.ts";

const logger = new Logger("WebRtcTransport");

/** The engine's answer to ROUTER_CREATE_WEBRTC_TRANSPORT. */
export interface EngineWebRtcTransport {
  id: number;
  iceRole: "controlled";
  iceParameters: IceParameters;
  iceCandidates: EngineIceCandidate[];
  iceState: IceState;
  dtlsParameters: DtlsParameters;
  dtlsState: DtlsState;
}

/** TRANSPORT_DUMP with the fields of this kind. */
interface EngineDump extends EngineTransportDump, Omit<EngineWebRtcTransport, "id"> {
  iceSelectedTuple?: EngineTuple;
  dtlsRemoteCert?: string;
}

export class WebRtcTransportImpl<Data extends AppData = AppData>
  extends TransportImpl<Data, WebRtcTransportEvents, WebRtcTransportObserverEvents>
  implements WebRtcTransport<Data> {
  readonly #data: EngineWebRtcTransport;
  readonly #server?: WebRtcServerImpl;
  #iceSelectedTuple?: TransportTuple;
  #dtlsRemoteCert?: string;
  #connectCalled = false;

  constructor(
    init: EntityInit<Data>,
    data: EngineWebRtcTransport,
    parent: TransportParent,
    server?: WebRtcServerImpl,
  ) {
    super(init, parent, { logger });
    this.#data = data;
    this.#server = server;
  }

  get type(): "webrtc" {
    return "webrtc";
  }

  get iceRole(): "controlled" {
    return this.#data.iceRole;
  }

  get iceParameters(): IceParameters {
    return { ...this.#data.iceParameters };
  }

  get iceCandidates(): IceCandidate[] {
    return this.#data.iceCandidates.map(toIceCandidate);
  }

  get iceState(): IceState {
    return this.#data.iceState;
  }

  get iceSelectedTuple(): TransportTuple | undefined {
    return this.#iceSelectedTuple && { ...this.#iceSelectedTuple };
  }

  get dtlsParameters(): DtlsParameters {
    const { role, fingerprints } = this.#data.dtlsParameters;
    return { role, fingerprints: fingerprints.map((it) => ({ ...it })) };
  }

  get dtlsState(): DtlsState {
    return this.#data.dtlsState;
  }

  get dtlsRemoteCert(): string | undefined {
    return this.#dtlsRemoteCert;
  }

  async dump(): Promise<WebRtcTransportDump> {
    logger.debug("dump()");
    const dump = this.call<EngineDump>(Method.TRANSPORT_DUMP);
    return {
      ...toBaseTransportDump(this.client, this.id, dump),
      iceRole: "controlled",
      iceParameters: dump.iceParameters,
      iceCandidates: dump.iceCandidates.map(toIceCandidate),
      iceState: dump.iceState,
      iceSelectedTuple: dump.iceSelectedTuple && toTuple(dump.iceSelectedTuple),
      dtlsParameters: dump.dtlsParameters,
      dtlsState: dump.dtlsState,
      dtlsRemoteCert: dump.dtlsRemoteCert,
    };
  }

  async getStats(): Promise<WebRtcTransportStat[]> {
    logger.debug("getStats()");
    const stats = this.call<WebRtcTransportStat>(Method.TRANSPORT_STATS);
    const { iceSelectedTuple } = stats;
    const tuple = iceSelectedTuple && { iceSelectedTuple: toTuple(iceSelectedTuple) };
    return [{ ...stats, ...tuple, type: "webrtc-transport", transportId: this.id }];
  }

  /**
   * Tells the transport the peer's DTLS parameters. The handshake starts as soon as ICE is connected.
   *
   * @throws TypeError A wrong role, algorithm or fingerprint. Error It was called before.
   */
  async connect(options: { dtlsParameters: DtlsParameters }): Promise<void> {
    logger.debug("connect()");
    this.assertOpen();
    const { dtlsParameters } = check.fields(options, "options");
    const request = { dtlsParameters: checkDtlsParameters(dtlsParameters) };
    if (this.#connectCalled) throw new Error("connect() already called");
    const answer = this.call<{ dtlsLocalRole: DtlsRole }>(Method.TRANSPORT_CONNECT, request);
    this.#connectCalled = true;
    this.#data.dtlsParameters.role = answer.dtlsLocalRole;
  }

  async restartIce(): Promise<IceParameters> {
    logger.debug("restartIce()");
    this.#data.iceParameters = this.call<IceParameters>(Method.TRANSPORT_RESTART_ICE);
    return this.iceParameters;
  }

  override handleEngineEvent(type: number, payload: unknown): void {
    switch (type) {
      case EventType.ICE_STATE: {
        const { iceState } = payload as { iceState: IceState };
        this.#data.iceState = iceState;
        this.safeEmit("icestatechange", iceState);
        return this.observe("icestatechange", iceState);
      }
      case EventType.ICE_SELECTED_TUPLE: {
        const { iceSelectedTuple } = payload as { iceSelectedTuple?: EngineTuple };
        // ICE lost its path: the state change says so, and there is no tuple to report.
        if (!iceSelectedTuple) return void (this.#iceSelectedTuple = undefined);
        const tuple = this.#iceSelectedTuple = toTuple(iceSelectedTuple);
        this.safeEmit("iceselectedtuplechange", { ...tuple });
        return this.observe("iceselectedtuplechange", { ...tuple });
      }
      case EventType.DTLS_STATE: {
        const { dtlsState, dtlsRemoteCert } = payload as {
          dtlsState: DtlsState;
          dtlsRemoteCert?: string;
        };
        this.#data.dtlsState = dtlsState;
        if (dtlsState === "connected") this.#dtlsRemoteCert = dtlsRemoteCert;
        this.safeEmit("dtlsstatechange", dtlsState);
        return this.observe("dtlsstatechange", dtlsState);
      }
      default:
        return super.handleEngineEvent(type, payload);
    }
  }

  protected override markClosed(): boolean {
    if (!super.markClosed()) return false;
    this.#data.iceState = "closed";
    this.#data.dtlsState = "closed";
    this.#iceSelectedTuple = undefined;
    return true;
  }

  protected override leaveListenServer(): void {
    this.#server?.webRtcTransportClosed(this as WebRtcTransport);
  }
}

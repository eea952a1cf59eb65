/** Turns the options of `router.create*Transport()` into the engine's requests. */
import * as check from "../base/check.ts";
import { checkCryptoSuite } from "./dtls_parameters.ts";
import type { EngineClient } from "../base/engine_client.ts";
import { NotFoundError, UnsupportedError } from "../base/errors.ts";
import {
  type EngineListenInfo,
  fromListenIp,
  fromListenIps,
  toListenInfo,
  toListenInfos,
} from "./listen_options.ts";
import { Logger } from "../base/logger.ts";
import type { DirectTransportOptions } from "../api/direct_transport.ts";
import type { PipeTransportOptions } from "../api/pipe_transport.ts";
import type { PlainTransportOptions } from "../api/plain_transport.ts";
import type { SctpTransportOptions } from "../api/sctp_parameters.ts";
import type { SrtpCryptoSuite } from "../api/srtp_parameters.ts";
import type { TransportListenInfo, TransportListenIp } from "../api/transport.ts";
import { serverAt, toListenServer, type WebRtcServerImpl } from "../worker/web_rtc_server.ts";
import type { WebRtcTransportOptions } from "../api/web_rtc_transport.ts";

const logger = new Logger("Router");

/** The longest consent timeout that a 16-bit field holds. Seconds. */
const consentTimeoutMax = 65_535;

/** As in mediasoup. Seconds, and bits per second. */
const consentTimeoutDefault = 30;
const outgoingBitrateDefault = 600_000;

/** The request of ROUTER_CREATE_WEBRTC_TRANSPORT. */
export interface WebRtcTransportRequest {
  webRtcServerId?: number;
  listenInfos?: EngineListenInfo[];
  enableUdp: boolean;
  enableTcp: boolean;
  preferUdp: boolean;
  preferTcp: boolean;
  iceConsentTimeout: number;
  initialAvailableOutgoingBitrate: number;
}

/**
 * @param client Of the router's worker: a server must listen there.
 * @throws TypeError A wrong option. NotFoundError The server is closed or belongs to another worker.
 * @throws UnsupportedError `enableSctp`.
 */
export function toWebRtcTransportRequest(
  given: WebRtcTransportOptions,
  client: EngineClient,
): { request: WebRtcTransportRequest; webRtcServer?: WebRtcServerImpl } {
  const options = check.fields(given, "options");
  const { webRtcServer, listenInfos, listenIps, port } = options;
  if (!webRtcServer && !Array.isArray(listenInfos) && !Array.isArray(listenIps)) {
    throw new TypeError(
      "missing webRtcServer, listenInfos and listenIps (one of them is mandatory)",
    );
  }
  // As in mediasoup, a server may be given beside one of the others, and takes precedence.
  if (listenInfos && listenIps) {
    throw new TypeError("only one of webRtcServer, listenInfos and listenIps must be given");
  }
  refuseSctp(options);
  const request = toWebRtcTransportSettings(options);
  if (webRtcServer) {
    const listenServer = toListenServer(webRtcServer);
    const server = listenServer[serverAt](client);
    if (!server) {
      throw new NotFoundError(
        `WebRtcServer with id "${listenServer.id}" not found in this Worker (webRtcServer)`,
      );
    }
    request.webRtcServerId = server.engineId;
    const { protocols } = server;
    if (
      !(request.enableUdp && protocols.has("udp")) && !(request.enableTcp && protocols.has("tcp"))
    ) {
      throw new TypeError("enableUdp and enableTcp leave nothing of the webRtcServer");
    }
    return { request, webRtcServer: server };
  }
  request.listenInfos = listenIps
    ? fromListenIps(listenIps, port, request)
    : toListenInfos(listenInfos ?? [], "listenInfos");
  // All listed sockets are opened, in order of preference: the flags were for listenIps.
  return { request: { ...request, ...everyProtocol } };
}

const everyProtocol = { enableUdp: true, enableTcp: true, preferUdp: false, preferTcp: false };

function toWebRtcTransportSettings(options: WebRtcTransportOptions): WebRtcTransportRequest {
  const {
    enableUdp = true,
    enableTcp = Boolean(options.webRtcServer),
    preferUdp = false,
    preferTcp = false,
  } = options;
  const { iceConsentTimeout, initialAvailableOutgoingBitrate } = options;
  return {
    enableUdp: check.boolean(enableUdp, "enableUdp"),
    enableTcp: check.boolean(enableTcp, "enableTcp"),
    preferUdp: check.boolean(preferUdp, "preferUdp"),
    preferTcp: check.boolean(preferTcp, "preferTcp"),
    iceConsentTimeout: check.optionalCount(
      iceConsentTimeout,
      "iceConsentTimeout",
      0,
      consentTimeoutMax,
    ) ?? consentTimeoutDefault,
    initialAvailableOutgoingBitrate: check.optionalBitrate(
      initialAvailableOutgoingBitrate,
      "initialAvailableOutgoingBitrate",
    ) ?? outgoingBitrateDefault,
  };
}

/** The request of ROUTER_CREATE_PLAIN_TRANSPORT. */
export interface PlainTransportRequest {
  listenInfo: EngineListenInfo;
  rtcpListenInfo?: EngineListenInfo;
  rtcpMux: boolean;
  comedia: boolean;
  enableSrtp: boolean;
  srtpCryptoSuite: SrtpCryptoSuite;
}

/** @throws TypeError A wrong option. UnsupportedError `enableSctp`. */
export function toPlainTransportRequest(given: PlainTransportOptions): PlainTransportRequest {
  const options = check.fields(given, "options");
  const { rtcpListenInfo } = options;
  const listenInfo = toOneListenInfo(options);
  refuseSctp(options);
  const { comedia = false, enableSrtp = false } = options;
  const { srtpCryptoSuite = "AES_CM_128_HMAC_SHA1_80" } = options;
  const request: PlainTransportRequest = {
    listenInfo,
    rtcpMux: check.boolean(options.rtcpMux ?? true, "rtcpMux"),
    comedia: check.boolean(comedia, "comedia"),
    enableSrtp: check.boolean(enableSrtp, "enableSrtp"),
    srtpCryptoSuite: checkCryptoSuite(srtpCryptoSuite, "srtpCryptoSuite"),
  };
  if (rtcpListenInfo) {
    if (request.rtcpMux) {
      logger.warn("createPlainTransport() | ignoring rtcpMux since rtcpListenInfo is given");
    }
    request.rtcpMux = false;
    request.rtcpListenInfo = udpOnly(
      toListenInfo(rtcpListenInfo, "rtcpListenInfo"),
      "rtcpListenInfo",
    );
  }
  return request;
}

/** The request of ROUTER_CREATE_PIPE_TRANSPORT. */
export interface PipeTransportRequest {
  /** Absent only for `pipeToRouter()`: the transport has no socket and will be linked. */
  listenInfo?: EngineListenInfo;
  enableRtx: boolean;
  enableSrtp: boolean;
}

/** @throws TypeError A wrong option. UnsupportedError `enableSctp`. */
export function toPipeTransportRequest(given: PipeTransportOptions): PipeTransportRequest {
  const options = check.fields(given, "options");
  return { listenInfo: toOneListenInfo(options), ...toPipeMode(options) };
}

/** The options of pipe transports besides the address. */
export function toPipeMode(
  options: SctpTransportOptions & { enableRtx?: boolean; enableSrtp?: boolean },
): PipeTransportRequest {
  refuseSctp(options);
  const { enableRtx = false, enableSrtp = false } = options;
  return {
    enableRtx: check.boolean(enableRtx, "enableRtx"),
    enableSrtp: check.boolean(enableSrtp, "enableSrtp"),
  };
}

/** As in mediasoup. Bytes. */
const messageSizeDefault = 262_144;

/** The request of ROUTER_CREATE_DIRECT_TRANSPORT. */
export interface DirectTransportRequest {
  maxSendMessageSize: number;
  maxReceiveMessageSize: number;
}

/** A message and its addressees may take a quarter of the ring. Bytes. */
const messageSizeMax = 786_432;

/** @throws TypeError A wrong option. */
export function toDirectTransportRequest(given: DirectTransportOptions): DirectTransportRequest {
  const { maxSendMessageSize, maxReceiveMessageSize } = check.fields(given, "options");
  const size = (value: number | undefined, name: string): number =>
    check.optionalCount(value, name, 0, messageSizeMax) ?? messageSizeDefault;
  return {
    maxSendMessageSize: size(maxSendMessageSize, "maxSendMessageSize"),
    maxReceiveMessageSize: size(maxReceiveMessageSize, "maxReceiveMessageSize"),
  };
}

/** The one address of a plain or pipe transport. */
function toOneListenInfo(
  { listenInfo, listenIp, port }: {
    listenInfo?: TransportListenInfo;
    listenIp?: TransportListenIp | string;
    port?: number;
  },
): EngineListenInfo {
  if (listenInfo && listenIp) {
    throw new TypeError("only one of listenInfo and listenIp must be given");
  }
  if (listenInfo) return udpOnly(toListenInfo(listenInfo, "listenInfo"), "listenInfo");
  if (listenIp) return fromListenIp(listenIp, port, "udp", "listenIp");
  throw new TypeError("missing listenInfo and listenIp (one of them is mandatory)");
}

function udpOnly(info: EngineListenInfo, name: string): EngineListenInfo {
  if (info.protocol !== "udp") throw new TypeError(`${name}.protocol must be udp`);
  return info;
}

function refuseSctp({ enableSctp = false }: SctpTransportOptions): void {
  check.boolean(enableSctp, "enableSctp");
  if (enableSctp) throw new UnsupportedError("data channels are not supported yet: enableSctp");
}

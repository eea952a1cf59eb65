/** Makes the transports of a router: checks the options, asks the engine, and wraps its answer. */
import * as check from "../base/check.ts";
import type { AppData } from "../api/common.ts";
import { DirectTransportImpl } from "../transport/direct_transport.ts";
import type { DirectTransportOptions } from "../api/direct_transport.ts";
import { Method } from "../base/engine_client.ts";
import type { EntityCore } from "../base/entity.ts";
import { type EnginePipeTransport, PipeTransportImpl } from "../pipe/pipe_transport.ts";
import { type EnginePlainTransport, PlainTransportImpl } from "../transport/plain_transport.ts";
import type { PlainTransportOptions } from "../api/plain_transport.ts";
import type { TransportParent } from "../transport/transport.ts";
import {
  type PipeTransportRequest,
  toDirectTransportRequest,
  toPlainTransportRequest,
  toWebRtcTransportRequest,
} from "../transport/transport_options.ts";
import type { WebRtcServerImpl } from "../worker/web_rtc_server.ts";
import { type EngineWebRtcTransport, WebRtcTransportImpl } from "../transport/web_rtc_transport.ts";
import type { WebRtcTransportOptions } from "../api/web_rtc_transport.ts";

/** The router as its transports begin with it. */
export type TransportMaker = EntityCore & TransportParent;

export function openWebRtcTransport<D extends AppData>(
  router: TransportMaker,
  options: WebRtcTransportOptions<D>,
): { transport: WebRtcTransportImpl<D>; webRtcServer?: WebRtcServerImpl } {
  router.assertOpen();
  const { client } = router;
  const { request, webRtcServer } = toWebRtcTransportRequest(options, client);
  const appData = check.appData<D>(options.appData);
  const data = router.call<EngineWebRtcTransport>(Method.ROUTER_CREATE_WEBRTC_TRANSPORT, request);
  const init = { client, engineId: data.id, appData };
  return {
    transport: new WebRtcTransportImpl<D>(init, data, router, webRtcServer),
    webRtcServer,
  };
}

export function openPlainTransport<D extends AppData>(
  router: TransportMaker,
  options: PlainTransportOptions<D>,
): PlainTransportImpl<D> {
  router.assertOpen();
  const request = toPlainTransportRequest(options);
  const appData = check.appData<D>(options.appData);
  const data = router.call<EnginePlainTransport & { id: number }>(
    Method.ROUTER_CREATE_PLAIN_TRANSPORT,
    request,
  );
  const init = { client: router.client, engineId: data.id, appData };
  return new PlainTransportImpl<D>(init, data, request, router);
}

/** @param parent Whom the transport belongs to: the router, or the pipes of a pool. */
export function openPipeTransport<D extends AppData>(
  router: EntityCore,
  request: PipeTransportRequest,
  appData: D,
  parent: TransportParent,
): PipeTransportImpl<D> {
  const data = router.call<EnginePipeTransport & { id: number }>(
    Method.ROUTER_CREATE_PIPE_TRANSPORT,
    request,
  );
  const init = { client: router.client, engineId: data.id, appData };
  return new PipeTransportImpl<D>(init, data, request, parent);
}

export function openDirectTransport<D extends AppData>(
  router: TransportMaker,
  options: DirectTransportOptions<D>,
): DirectTransportImpl<D> {
  router.assertOpen();
  const request = toDirectTransportRequest(options);
  const appData = check.appData<D>(options.appData);
  const { id } = router.call<{ id: number }>(Method.ROUTER_CREATE_DIRECT_TRANSPORT, request);
  const init = { client: router.client, engineId: id, appData };
  return new DirectTransportImpl<D>(init, request, router);
}

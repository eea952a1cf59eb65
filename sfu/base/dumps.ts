/**
 * Turns the engine's answers into those of the API: numeric ids become UUIDs, and the deprecated
 * aliases are added.
 */
import type { ConsumerDump } from "../api/consumer.ts";
import type { EngineClient } from "./engine_client.ts";
import type { ProducerDump } from "../api/producer.ts";
import type { RouterDump } from "../api/router.ts";
import type { BaseTransportDump, TransportTuple } from "../api/transport.ts";
import type { WebRtcServerDump } from "../api/web_rtc_server.ts";
import type { IceCandidate } from "../api/web_rtc_transport.ts";

/** A tuple as the engine writes it. */
export type EngineTuple = Omit<TransportTuple, "localIp">;

/** A candidate as the engine writes it. */
export type EngineIceCandidate = Omit<IceCandidate, "ip">;

/** The SCTP default that dumps show whether or not there is an association. Bytes. */
const defaultMessageSize = 262_144;

type Pair<K, V> = { key: K; value: V };

export function toTuple(tuple: EngineTuple): TransportTuple {
  return { localIp: tuple.localAddress, ...tuple };
}

export function toIceCandidate(candidate: EngineIceCandidate): IceCandidate {
  const { foundation, priority, ...rest } = candidate;
  return { foundation, priority, ip: candidate.address, ...rest };
}

/** The engine's answer to ROUTER_DUMP. */
export interface EngineRouterDump {
  transportIds: number[];
  rtpObserverIds?: number[];
  mapProducerIdConsumerIds: { key: number; values: number[] }[];
  mapConsumerIdProducerId: Pair<number, number>[];
  mapProducerIdObserverIds?: { key: number; values: number[] }[];
  mapDataProducerIdDataConsumerIds: { key: number; values: number[] }[];
  mapDataConsumerIdDataProducerId: Pair<number, number>[];
}

export function toRouterDump(client: EngineClient, id: string, dump: EngineRouterDump): RouterDump {
  const idOf = (engineId: number): string => client.idOf(engineId);
  const lists = (
    entries: { key: number; values: number[] }[] = [],
  ): RouterDump["mapProducerIdConsumerIds"] =>
    entries.map(({ key, values }) => ({ key: idOf(key), values: values.map(idOf) }));
  return {
    id,
    transportIds: dump.transportIds.map(idOf),
    rtpObserverIds: (dump.rtpObserverIds ?? []).map(idOf),
    mapProducerIdConsumerIds: lists(dump.mapProducerIdConsumerIds),
    mapConsumerIdProducerId: dump.mapConsumerIdProducerId
      .map(({ key, value }) => ({ key: idOf(key), value: idOf(value) })),
    mapProducerIdObserverIds: lists(dump.mapProducerIdObserverIds),
    mapDataProducerIdDataConsumerIds: lists(dump.mapDataProducerIdDataConsumerIds),
    mapDataConsumerIdDataProducerId: dump.mapDataConsumerIdDataProducerId
      .map(({ key, value }) => ({ key: idOf(key), value: idOf(value) })),
  };
}

/** The engine's answer to WEBRTC_SERVER_DUMP. */
export interface EngineWebRtcServerDump {
  udpSockets: WebRtcServerDump["udpSockets"];
  tcpServers: WebRtcServerDump["tcpServers"];
  webRtcTransportIds: number[];
  localIceUsernameFragments: { localIceUsernameFragment: string; webRtcTransportId: number }[];
}

export function toWebRtcServerDump(
  client: EngineClient,
  id: string,
  dump: EngineWebRtcServerDump,
): WebRtcServerDump {
  return {
    id,
    udpSockets: dump.udpSockets,
    tcpServers: dump.tcpServers,
    webRtcTransportIds: dump.webRtcTransportIds.map((it) => client.idOf(it)),
    localIceUsernameFragments: dump.localIceUsernameFragments
      .map(({ localIceUsernameFragment, webRtcTransportId }) => ({
        localIceUsernameFragment,
        webRtcTransportId: client.idOf(webRtcTransportId),
      })),
  };
}

/** The engine's answer to TRANSPORT_DUMP: the fields that all kinds of transports have. */
export interface EngineTransportDump {
  producerIds: number[];
  consumerIds: number[];
  mapSsrcConsumerId: Pair<number, number>[];
  mapRtxSsrcConsumerId: Pair<number, number>[];
  recvRtpHeaderExtensions?: BaseTransportDump["recvRtpHeaderExtensions"];
  rtpListener: {
    ssrcTable: Pair<number, number>[];
    midTable: Pair<string, number>[];
    ridTable: Pair<string, number>[];
  };
  maxSendMessageSize?: number;
  maxReceiveMessageSize?: number;
  dataProducerIds: number[];
  dataConsumerIds: number[];
  traceEventTypes?: string[];
  drops: Record<string, number>;
}

export function toBaseTransportDump(
  client: EngineClient,
  id: string,
  dump: EngineTransportDump,
): BaseTransportDump {
  const idOf = (engineId: number): string => client.idOf(engineId);
  const table = <K>(entries: Pair<K, number>[]): Pair<K, string>[] =>
    entries.map(({ key, value }) => ({ key, value: idOf(value) }));
  return {
    id,
    producerIds: dump.producerIds.map(idOf),
    consumerIds: dump.consumerIds.map(idOf),
    mapSsrcConsumerId: table(dump.mapSsrcConsumerId),
    mapRtxSsrcConsumerId: table(dump.mapRtxSsrcConsumerId),
    recvRtpHeaderExtensions: dump.recvRtpHeaderExtensions ?? {},
    rtpListener: {
      ssrcTable: table(dump.rtpListener.ssrcTable),
      midTable: table(dump.rtpListener.midTable),
      ridTable: table(dump.rtpListener.ridTable),
    },
    maxSendMessageSize: dump.maxSendMessageSize ?? defaultMessageSize,
    maxReceiveMessageSize: dump.maxReceiveMessageSize ?? defaultMessageSize,
    dataProducerIds: dump.dataProducerIds.map(idOf),
    dataConsumerIds: dump.dataConsumerIds.map(idOf),
    traceEventTypes: dump.traceEventTypes ?? [],
    drops: dump.drops,
  };
}

export function toProducerDump(id: string, dump: ProducerDump): ProducerDump {
  const { rtpStreams } = dump;
  return {
    ...dump,
    id,
    rtpStreams: Array.isArray(rtpStreams) && rtpStreams.length > 0 ? rtpStreams : undefined,
  };
}

export function toConsumerDump(
  id: string,
  producerId: string,
  dump: ConsumerDump,
): ConsumerDump {
  return { ...dump, id, producerId };
}

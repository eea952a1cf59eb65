/** The names of our types are those of mediasoup's; `types_claims.ts` holds their shapes. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

/** Every type that mediasoup 3.27 exports. */
const names = `
ActiveSpeakerObserver ActiveSpeakerObserverDominantSpeaker ActiveSpeakerObserverEvents
ActiveSpeakerObserverObserver ActiveSpeakerObserverObserverEvents ActiveSpeakerObserverOptions
AppData AudioLevelObserver AudioLevelObserverEvents AudioLevelObserverObserver
AudioLevelObserverObserverEvents AudioLevelObserverOptions AudioLevelObserverVolume
BaseConsumerDump BaseRtpStreamStats BaseTransportDump BaseTransportStats BitrateByLayer Consumer
ConsumerDump ConsumerEvents ConsumerLayers ConsumerObserver ConsumerObserverEvents
ConsumerOptions ConsumerScore ConsumerStat ConsumerTraceEventData ConsumerTraceEventType
ConsumerType DataConsumer DataConsumerDump DataConsumerEvents DataConsumerObserver
DataConsumerObserverEvents DataConsumerOptions DataConsumerStat DataConsumerType DataProducer
DataProducerDump DataProducerEvents DataProducerObserver DataProducerObserverEvents
DataProducerOptions DataProducerStat DataProducerType DirectTransport DirectTransportDump
DirectTransportEvents DirectTransportObserver DirectTransportObserverEvents
DirectTransportOptions DirectTransportStat DtlsFingerprint DtlsParameters DtlsRole DtlsState
Either FingerprintAlgorithm IceCandidate IceCandidateTcpType IceCandidateType IceParameters
IceRole IceState IceUserNameFragment Index IpPort LogEventListeners MediaKind NotFoundError
Observer ObserverEvents PipeConsumerDump PipeConsumerOptions PipeToRouterOptions
PipeToRouterResult PipeTransport PipeTransportDump PipeTransportEvents PipeTransportObserver
PipeTransportObserverEvents PipeTransportOptions PipeTransportPair PipeTransportStat
PlainTransport PlainTransportDump PlainTransportEvents PlainTransportObserver
PlainTransportObserverEvents PlainTransportOptions PlainTransportStat Producer ProducerDump
ProducerEvents ProducerObserver ProducerObserverEvents ProducerOptions ProducerScore
ProducerStat ProducerTraceEventData ProducerTraceEventType ProducerType ProducerVideoOrientation
RecvRtpHeaderExtensions Router RouterDump RouterEvents RouterObserver RouterObserverEvents
RouterOptions RouterRtpCapabilities RouterRtpCodecCapability RtcpFeedback RtcpParameters
RtpCapabilities RtpCodecCapability RtpCodecParameters RtpEncodingParameters RtpHeaderExtension
RtpHeaderExtensionDirection RtpHeaderExtensionParameters RtpHeaderExtensionUri RtpListenerDump
RtpObserver RtpObserverEvents RtpObserverObserver RtpObserverObserverEvents RtpObserverType
RtpParameters RtpStreamDump RtpStreamParametersDump RtpStreamRecvStats RtpStreamSendStats
RtxStreamDump RtxStreamParameters ScalabilityMode SctpListenerDump SctpNegotiatedCapabilities
SctpParameters SctpState SctpStreamParameters SimpleConsumerDump SimulcastConsumerDump
SrtpCryptoSuite SrtpParameters SvcConsumerDump Transport TransportEvents TransportListenInfo
TransportListenIp TransportObserver TransportObserverEvents TransportPortRange TransportProtocol
TransportSocketFlags TransportTraceEventData TransportTraceEventType TransportTuple
TransportType UnsupportedError WebRtcServer WebRtcServerDump WebRtcServerEvents
WebRtcServerListenInfo WebRtcServerObserver WebRtcServerObserverEvents WebRtcServerOptions
WebRtcTransport WebRtcTransportDump WebRtcTransportEvents WebRtcTransportObserver
WebRtcTransportObserverEvents WebRtcTransportOptions WebRtcTransportStat Worker
WorkerClosedError WorkerDump WorkerEvents WorkerLogLevel WorkerLogTag WorkerObserver
WorkerObserverEvents WorkerResourceUsage WorkerSettings WorkerUpdateableSettings
`;

/** Names that a module exports, with those of the modules it passes on. */
function exportedNames(module: URL): Set<string> {
  const text = readFileSync(module, "utf8");
  const found = new Set<string>();
  for (const [, name] of text.matchAll(/^export (?:type|interface|class) (\w+)/gm)) found.add(name);
  for (const [, list] of text.matchAll(/^export type \{([^}]*)\}/gm)) {
    for (const [name] of list.matchAll(/\w+/g)) found.add(name);
  }
  for (const [, path] of text.matchAll(/^export type \* from "(.*)";/gm)) {
    for (const name of exportedNames(new URL(path, module))) found.add(name);
  }
  return found;
}

test("the types have all the names of mediasoup's", () => {
  const exported = exportedNames(new URL("../sfu/types.ts", import.meta.url));
  const missing = names.trim().split(/\s+/).filter((name) => !exported.has(name));
  assert.deepEqual(missing, []);
});

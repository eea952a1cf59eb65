/**
 * Sluice: a selective forwarding unit (SFU) for Deno and Bun, with the API of mediasoup v3.
 *
 * A worker is a thread of the engine. It has routers; a router has transports; a transport has
 * producers, which receive media from an endpoint, and consumers, which send it to one.
 *
 * ```ts
 * import * as sluice from "sluice";
 *
 * const worker = await sluice.createWorker();
 * const router = await worker.createRouter({
 *   mediaCodecs: [
 *     { kind: "audio", mimeType: "audio/opus", clockRate: 48000, channels: 2 },
 *     { kind: "video", mimeType: "video/VP8", clockRate: 90000 },
 *   ],
 * });
 * const transport = await router.createWebRtcTransport({
 *   listenInfos: [{ protocol: "udp", ip: "127.0.0.1" }],
 * });
 * // Send these to the browser, where mediasoup-client makes its end of the transport:
 * const { id, iceParameters, iceCandidates, dtlsParameters } = transport;
 * worker.close();
 * ```
 *
 * Applications written for mediasoup change their import; docs/differences.md says what differs.
 *
 * @module
 */

export * from "./sfu/index.ts";

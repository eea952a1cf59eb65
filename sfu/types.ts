/** All types of the API in one place: `import type { types } from "sluice"`. */

export type * from "./api/active_speaker_observer.ts";
export type * from "./api/audio_level_observer.ts";
export type * from "./api/common.ts";
export type * from "./api/consumer.ts";
export type * from "./api/data_consumer.ts";
export type * from "./api/data_producer.ts";
export type * from "./api/delivery.ts";
export type * from "./api/direct_transport.ts";
export type * from "./base/errors.ts";
export type * from "./api/index.ts";
export type * from "./api/pipe_transport.ts";
export type * from "./api/plain_transport.ts";
export type * from "./api/producer.ts";
export type * from "./api/router.ts";
export type * from "./api/rtp_observer.ts";
export type * from "./api/rtp_parameters.ts";
export type * from "./api/rtp_stream_stats.ts";
export type * from "./api/scalability_modes.ts";
export type * from "./api/sctp_parameters.ts";
export type * from "./api/srtp_parameters.ts";
export type * from "./api/transport.ts";
export type * from "./api/web_rtc_server.ts";
export type * from "./api/web_rtc_transport.ts";
export type * from "./api/worker_pool.ts";
export type * from "./api/worker.ts";

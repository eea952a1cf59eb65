/** All types of the API under one roof: `import type { types } from "sluice"`. */

export type * from "./active_speaker_observer_types.ts";
export type * from "./audio_level_observer_types.ts";
export type * from "./common_types.ts";
export type * from "./consumer_types.ts";
export type * from "./data_consumer_types.ts";
export type * from "./data_producer_types.ts";
export type * from "./delivery_types.ts";
export type * from "./direct_transport_types.ts";
export type * from "./errors.ts";
export type * from "./index_types.ts";
export type * from "./pipe_transport_types.ts";
export type * from "./plain_transport_types.ts";
export type * from "./producer_types.ts";
export type * from "./router_types.ts";
export type * from "./rtp_observer_types.ts";
export type * from "./rtp_parameters_types.ts";
export type * from "./rtp_stream_stats_types.ts";
export type * from "./scalability_modes_types.ts";
export type * from "./sctp_parameters_types.ts";
export type * from "./srtp_parameters_types.ts";
export type * from "./transport_types.ts";
export type * from "./web_rtc_server_types.ts";
export type * from "./web_rtc_transport_types.ts";
export type * from "./worker_pool_types.ts";
export type * from "./worker_types.ts";

/**
 * The C interface of libsluice for TypeScript: one line per function, and the constants of
 * `engine/include/sluice.h`. `tests/ffi/abi_test.ts` compares this file with the header.
 */

/** The interface that this file describes; `sluice_abi_version()` must return the same. */
export const ABI_VERSION = 2;

/** Every function of the header: its arguments and its result. */
export const FUNCTIONS = {
  sluice_abi_version: { args: [], result: "u32" },
  sluice_version: { args: [], result: "pointer" },
  sluice_worker_create: { args: ["buffer", "u32", "buffer", "u32"], result: "i32" },
  sluice_worker_close: { args: ["u32"], result: "i32" },
  sluice_worker_free: { args: ["u32"], result: "i32" },
  sluice_call: { args: ["u32", "u32", "u32", "buffer", "u32", "buffer", "u32"], result: "i32" },
  sluice_worker_answer: { args: ["u32", "buffer", "u32"], result: "i32" },
  sluice_ring_memory: { args: ["u32"], result: "pointer" },
  sluice_ring_bytes: { args: ["u32"], result: "i32" },
  sluice_ring_arm: { args: ["u32"], result: "i32" },
  sluice_ring_doorbell_fd: { args: ["u32"], result: "i32" },
  sluice_direct_memory: { args: ["u32", "u32"], result: "pointer" },
  sluice_direct_bytes: { args: ["u32"], result: "i32" },
  sluice_direct_wake: { args: ["u32"], result: "i32" },
} as const;

/** An argument of a function of the C interface. A buffer is passed by its address; `null` is NULL. */
export type Argument = "u32" | "buffer";
/** The result of a function of the C interface. */
export type Returned = "u32" | "i32" | "pointer";

/** Functions to look up in a library: {@linkcode FUNCTIONS}, or some of them. */
export type FunctionTable = Readonly<
  Record<string, { readonly args: readonly Argument[]; readonly result: Returned }>
>;

/** An address as the runtime writes it: an opaque object on Deno, a number on Bun; `null` is NULL. */
export type Pointer = object | number | null;

interface ArgumentTypes {
  u32: number;
  buffer: Uint8Array | null;
}
interface ReturnedTypes {
  u32: number;
  i32: number;
  pointer: Pointer;
}
type Arguments<A extends readonly Argument[]> = { -readonly [I in keyof A]: ArgumentTypes[A[I]] };

/** The functions, callable. */
export type Functions = {
  readonly [Name in keyof typeof FUNCTIONS]: (
    ...args: Arguments<(typeof FUNCTIONS)[Name]["args"]>
  ) => ReturnedTypes[(typeof FUNCTIONS)[Name]["result"]];
};

/** An opened library. */
export interface Library {
  /** The file that was opened. */
  readonly path: string;
  readonly functions: Functions;
  /** Native memory as an array buffer: not a copy, not kept alive by the buffer. */
  view(pointer: Pointer, bytes: number): ArrayBuffer;
  /** The text at a NUL-terminated address. */
  text(pointer: Pointer): string;
}

/** `enum sluice_status`. */
export const Status = {
  OK: 0,
  ERR_INVALID: -1,
  ERR_NOT_FOUND: -2,
  ERR_CLOSED: -3,
  ERR_LIMIT: -4,
  ERR_UNSUPPORTED: -5,
  ERR_FAILED: -6,
  ERR_BUFFER: -7,
  ERR_TAKEN: -8,
} as const;

/** The event ring's layout. */
export const Ring = {
  CONTROL_BYTES: 4096,
  RECORD_HEADER_BYTES: 16,
  RECORD_ALIGN: 8,
} as const;

/** `enum sluice_direct`: the types of the records of direct transports. */
export const DirectType = {
  RTP: 1,
  RTCP: 2,
  MESSAGE: 3,
  MESSAGE_TO: 4,
} as const;

/** `enum sluice_method`: the commands of {@linkcode EngineWorker.call}. */
export const Method = {
  WORKER_PING: 0x0100,
  WORKER_DUMP: 0x0101,
  WORKER_RESOURCE_USAGE: 0x0102,
  WORKER_UPDATE_SETTINGS: 0x0103,
  WORKER_CREATE_WEBRTC_SERVER: 0x0104,
  WORKER_CREATE_ROUTER: 0x0105,
  WORKER_FAIL: 0x0106,
  WEBRTC_SERVER_CLOSE: 0x0200,
  WEBRTC_SERVER_DUMP: 0x0201,
  ROUTER_CLOSE: 0x0300,
  ROUTER_DUMP: 0x0301,
  ROUTER_CREATE_WEBRTC_TRANSPORT: 0x0302,
  ROUTER_CREATE_PLAIN_TRANSPORT: 0x0303,
  ROUTER_CREATE_PIPE_TRANSPORT: 0x0304,
  ROUTER_CREATE_DIRECT_TRANSPORT: 0x0305,
  ROUTER_CREATE_AUDIO_LEVEL_OBSERVER: 0x0308,
  ROUTER_CREATE_ACTIVE_SPEAKER_OBSERVER: 0x0309,
  TRANSPORT_CLOSE: 0x0400,
  TRANSPORT_DUMP: 0x0401,
  TRANSPORT_STATS: 0x0402,
  TRANSPORT_CONNECT: 0x0403,
  TRANSPORT_RESTART_ICE: 0x0404,
  TRANSPORT_SET_MAX_INCOMING_BITRATE: 0x0405,
  TRANSPORT_SET_MAX_OUTGOING_BITRATE: 0x0406,
  TRANSPORT_SET_MIN_OUTGOING_BITRATE: 0x0407,
  TRANSPORT_ENABLE_TRACE: 0x0408,
  TRANSPORT_PRODUCE: 0x0409,
  TRANSPORT_CONSUME: 0x040a,
  TRANSPORT_CONNECT_LINK: 0x040b,
  TRANSPORT_PRODUCE_DATA: 0x040c,
  TRANSPORT_CONSUME_DATA: 0x040d,
  PRODUCER_CLOSE: 0x0500,
  PRODUCER_DUMP: 0x0501,
  PRODUCER_STATS: 0x0502,
  PRODUCER_PAUSE: 0x0503,
  PRODUCER_RESUME: 0x0504,
  PRODUCER_ENABLE_TRACE: 0x0505,
  CONSUMER_CLOSE: 0x0600,
  CONSUMER_DUMP: 0x0601,
  CONSUMER_STATS: 0x0602,
  CONSUMER_PAUSE: 0x0603,
  CONSUMER_RESUME: 0x0604,
  CONSUMER_SET_PREFERRED_LAYERS: 0x0605,
  CONSUMER_SET_PRIORITY: 0x0606,
  CONSUMER_REQUEST_KEY_FRAME: 0x0607,
  CONSUMER_ENABLE_TRACE: 0x0608,
  RTP_OBSERVER_CLOSE: 0x0700,
  RTP_OBSERVER_PAUSE: 0x0701,
  RTP_OBSERVER_RESUME: 0x0702,
  RTP_OBSERVER_ADD_PRODUCER: 0x0703,
  RTP_OBSERVER_REMOVE_PRODUCER: 0x0704,
  DATA_PRODUCER_CLOSE: 0x0800,
  DATA_PRODUCER_DUMP: 0x0801,
  DATA_PRODUCER_STATS: 0x0802,
  DATA_PRODUCER_PAUSE: 0x0803,
  DATA_PRODUCER_RESUME: 0x0804,
  DATA_CONSUMER_CLOSE: 0x0900,
  DATA_CONSUMER_DUMP: 0x0901,
  DATA_CONSUMER_STATS: 0x0902,
  DATA_CONSUMER_PAUSE: 0x0903,
  DATA_CONSUMER_RESUME: 0x0904,
  DATA_CONSUMER_SET_SUBCHANNELS: 0x0905,
  DATA_CONSUMER_SET_BUFFERED_AMOUNT_LOW_THRESHOLD: 0x0906,
} as const;

/** `enum sluice_event`: the types of the records that {@linkcode EngineWorker.onEvent} delivers. */
export const EventType = {
  LOG: 1,
  WORKER_DIED: 2,
  ICE_STATE: 16,
  ICE_SELECTED_TUPLE: 17,
  DTLS_STATE: 18,
  TUPLE: 19,
  RTCP_TUPLE: 20,
  TRANSPORT_TRACE: 21,
  PRODUCER_SCORE: 32,
  PRODUCER_VIDEO_ORIENTATION: 33,
  PRODUCER_TRACE: 34,
  CONSUMER_PRODUCER_CLOSE: 48,
  CONSUMER_PRODUCER_PAUSE: 49,
  CONSUMER_PRODUCER_RESUME: 50,
  CONSUMER_SCORE: 51,
  CONSUMER_LAYERS: 52,
  CONSUMER_TRACE: 53,
  RTP_OBSERVER_VOLUMES: 64,
  RTP_OBSERVER_SILENCE: 65,
  RTP_OBSERVER_DOMINANT_SPEAKER: 66,
  DATA_CONSUMER_PRODUCER_CLOSE: 80,
  DATA_CONSUMER_PRODUCER_PAUSE: 81,
  DATA_CONSUMER_PRODUCER_RESUME: 82,
  DATA_CONSUMER_BUFFERED_AMOUNT_LOW: 83,
} as const;

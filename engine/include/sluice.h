/* clang-format off */
/*
 * sluice.h: the C interface of libsluice, a selective forwarding unit.
 *
 * The engine runs workers: threads that own sockets, transports and memory. A host process creates
 * workers, gives them commands with sluice_call() and reads events from a ring in shared memory.
 *
 *   Commands   are synchronous. Arguments and answers are JSON (UTF-8, not NUL-terminated) in
 *              buffers of the caller. The shapes stand beside each method below; names are those of
 *              mediasoup's public API. A field marked `?` may be absent.
 *   Objects    are 32-bit ids that the engine chooses; an id is never 0, a stale one is an error.
 *              `target` of a command is the object that it is for.
 *   Events     are records in a ring of each worker; see "The event ring".
 *   Errors     are negative statuses. A function with an `answer` buffer then leaves a
 *              NUL-terminated text there that says what to do.
 *
 * Every function may be called on any thread unless it says otherwise. None prints, exits or
 * aborts. This is the only public header; C99. It is laid out by hand.
 */
#ifndef SLUICE_H
#define SLUICE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SLUICE_EXPORT __attribute__((visibility("default")))

/* ---- Versions -------------------------------------------------------------------------------- */

/** Changes whenever a signature, a method's shape or the ring's layout does. */
#define SLUICE_ABI_VERSION 2

/** @return SLUICE_ABI_VERSION of the loaded library: compare before anything else. */
SLUICE_EXPORT uint32_t sluice_abi_version(void);

/** @return The library's version, NUL-terminated, static. */
SLUICE_EXPORT const char* sluice_version(void);

/* ---- Statuses -------------------------------------------------------------------------------- */

enum sluice_status {
  SLUICE_OK = 0,
  SLUICE_ERR_INVALID = -1,     /* A bad argument; the text names the field. A TypeError. */
  SLUICE_ERR_NOT_FOUND = -2,   /* No such worker or object (any more). */
  SLUICE_ERR_CLOSED = -3,      /* The worker is closed or has died. */
  SLUICE_ERR_LIMIT = -4,       /* A table or queue is full, or no port is free. */
  SLUICE_ERR_UNSUPPORTED = -5, /* Makes sense, but not for this object. */
  SLUICE_ERR_FAILED = -6,      /* Anything else; the text says what. */
  SLUICE_ERR_BUFFER = -7,      /* The answer did not fit: fetch it with sluice_worker_answer(). */
  SLUICE_ERR_TAKEN = -8        /* A number that you drew is in use, or was: draw another. */
};

/* ---- Workers --------------------------------------------------------------------------------- */

/**
 * Starts a worker: a thread with an event loop of its own.
 *
 * @param options          JSON {logLevel?: "debug"|"warn"|"error"|"none", logTags?: string[],
 *                         rtcMinPort?, rtcMaxPort?: number, dtlsCertificateFile?,
 *                         dtlsPrivateKeyFile?: string (paths of PEM files),
 *                         ringBytes?: number (a power of two >= 65536; default 1048576),
 *                         directRingBytes?: number (the same; default 4194304)}.
 * @param options_bytes    Its length.
 * @param answer           Receives the error text.
 * @param answer_capacity  Its size; 256 is enough.
 * @return The worker, > 0, or a negative status.
 */
SLUICE_EXPORT int32_t sluice_worker_create(const uint8_t* options, uint32_t options_bytes,
                                           uint8_t* answer, uint32_t answer_capacity);

/**
 * Stops a worker and joins its thread: its sockets and objects are gone when this returns. Its ring
 * stays readable until sluice_worker_free().
 *
 * @return SLUICE_OK, or SLUICE_ERR_NOT_FOUND.
 */
SLUICE_EXPORT int32_t sluice_worker_close(uint32_t worker);

/**
 * Frees what sluice_worker_close() left: the ring and the handle. Closes first if need be. Nobody
 * may touch the ring's memory afterwards.
 */
SLUICE_EXPORT int32_t sluice_worker_free(uint32_t worker);

/**
 * Runs a command on the worker's thread and waits for its answer.
 *
 * @param worker           From sluice_worker_create().
 * @param method           One of enum sluice_method.
 * @param target           The id of the object; 0 for the worker itself.
 * @param request          JSON as the method says; may be NULL when request_bytes is 0.
 * @param request_bytes    At most 1,048,576.
 * @param answer           Receives the answer's JSON (or the error text).
 * @param answer_capacity  Its size.
 * @return The answer's length (0 when the method has none), or a negative status. On
 *         SLUICE_ERR_BUFFER the first four bytes of `answer` are the needed size (little-endian),
 *         the command has been done, and sluice_worker_answer() fetches the answer.
 */
SLUICE_EXPORT int32_t sluice_call(uint32_t worker, uint32_t method, uint32_t target,
                                  const uint8_t* request, uint32_t request_bytes, uint8_t* answer,
                                  uint32_t answer_capacity);

/** Fetches the answer that a sluice_call() of this thread could not deliver; once. */
SLUICE_EXPORT int32_t sluice_worker_answer(uint32_t worker, uint8_t* answer,
                                           uint32_t answer_capacity);

/* ---- The event ring -----------------------------------------------------------------------------
 *
 * One writer (the worker), one reader (the host). The memory is one control page of
 * SLUICE_RING_CONTROL_BYTES, then the data mapped twice in a row, so that a record never wraps.
 *
 *   control page   int32 at byte 0: head, free-running, written by the engine (release)
 *                  int32 at byte 64: tail, free-running, written by the reader
 *                  int32 at byte 128: data bytes, a power of two
 *   record         uint32 bytes (of the whole record, a multiple of 8), uint32 type,
 *                  uint32 target, uint32 aux; then the payload. `aux` is the payload's length.
 *
 * All little-endian. The reader reads records from tail to head at (index & (data bytes - 1)),
 * stores the new tail, and when it finds the ring empty calls sluice_ring_arm(): 1 means "look
 * again", 0 means that the doorbell will ring for the next record.
 *
 * A full ring never blocks the engine. State events are kept and coalesced in the engine until
 * there is room (the newest state of each object wins); media and traces are dropped and counted.
 */
#define SLUICE_RING_CONTROL_BYTES 4096
#define SLUICE_RECORD_HEADER_BYTES 16
#define SLUICE_RECORD_ALIGN 8

/** @return The ring's control page, or NULL for an unknown worker. Until sluice_worker_free(). */
SLUICE_EXPORT void* sluice_ring_memory(uint32_t worker);

/** @return The data bytes (mapped twice after the control page), or a negative status. */
SLUICE_EXPORT int32_t sluice_ring_bytes(uint32_t worker);

/** Arms the doorbell. @return 1 when records are waiting (not armed), 0 when armed, or a status. */
SLUICE_EXPORT int32_t sluice_ring_arm(uint32_t worker);

/**
 * The fall-back doorbell: a descriptor of a stream socket on which the engine writes a byte a ring.
 * The caller owns it. A host that can load Node-API modules takes this library as one:
 * exports.attach(worker, callback) and exports.detach(worker).
 *
 * @return The descriptor, or a negative status.
 */
SLUICE_EXPORT int32_t sluice_ring_doorbell_fd(uint32_t worker);

/* ---- Packets and messages of the host ------------------------------------------------------------
 *
 * What direct transports take and give goes through two more rings, one each way, which the first
 * SLUICE_ROUTER_CREATE_DIRECT_TRANSPORT makes. Their memory is as the event ring's, but for
 *
 *   control page   of the ring to the engine, int32 at byte 192: 1 when the engine sleeps
 *   record         uint32 payload bytes, uint32 type (enum sluice_direct), uint32 target, uint32
 *                  extra; then the payload, and up to 7 bytes to the next multiple of 8
 *
 * To the engine the host is the one writer: it stores the head after each record, and at the end of
 * its batch exchanges the word at 192 for 0; if that was 1 it calls sluice_direct_wake(). A record
 * may take a quarter of the ring. When the ring is full, any command (SLUICE_WORKER_PING) makes
 * room: what was written before a command takes effect before it.
 *
 * From the engine the host is the one reader. The event ring's doorbell rings for both rings, and
 * sluice_ring_arm() arms for both. Packets that find no room are dropped
 * and counted. Messages wait for it in the engine, up to 64 MB in all; then they are, too.
 */
enum sluice_direct {
  SLUICE_DIRECT_RTP = 1,  /* To the engine: target is a producer. To the host: a consumer. */
  SLUICE_DIRECT_RTCP = 2, /* A compound packet. target is the transport. */
  SLUICE_DIRECT_MESSAGE = 3,   /* extra is the SCTP payload protocol id. To the engine: target is a
                                  data producer. To the host: a data consumer. */
  SLUICE_DIRECT_MESSAGE_TO = 4 /* To the engine: a message for some subchannels. Before it stand
                                  uint16 count, flags (1: required, 2: ignored), required, ignored
                                  subchannel, count subchannels; up to a multiple of 4 bytes. */
};

/**
 * @param direction  0: to the engine, 1: to the host.
 * @return The ring's control page, or NULL for an unknown worker, another direction, or when there
 *         was no direct transport yet. Until sluice_worker_free().
 */
SLUICE_EXPORT void* sluice_direct_memory(uint32_t worker, uint32_t direction);

/** @return The data bytes of each ring, 0 when there was no direct transport yet, or a status. */
SLUICE_EXPORT int32_t sluice_direct_bytes(uint32_t worker);

/** Wakes the worker so that it looks into the ring. @return SLUICE_OK or SLUICE_ERR_NOT_FOUND. */
SLUICE_EXPORT int32_t sluice_direct_wake(uint32_t worker);

/* ---- Methods ------------------------------------------------------------------------------------
 *
 * `ListenInfo` is {protocol: "udp"|"tcp", ip, announcedAddress?, exposeInternalIp?: bool, port?: 0,
 * portRange?: {min, max}, flags?: {ipv6Only?, udpReusePort?}, sendBufferSize?, recvBufferSize?}.
 * `Tuple` is {localAddress, localPort, remoteIp?, remotePort?, protocol}.
 * Link-local addresses have their interface, in both: "fe80::1%eth0" (RFC 4007, 11).
 * Enumerations are the strings of mediasoup's API. Ids are numbers.
 */
enum sluice_method {
  /* Worker: target 0. */
  SLUICE_WORKER_PING = 0x0100,            /* {events?} -> nothing. The bare round trip; writes that
                                             many log events first. */
  SLUICE_WORKER_DUMP = 0x0101,            /* {} -> {webRtcServerIds[], routerIds[], counters:
                                             {name: n}, sendGroupSizes[]} */
  SLUICE_WORKER_RESOURCE_USAGE = 0x0102,  /* {} -> {ru_utime, ru_stime (ms), ru_maxrss, ...} */
  SLUICE_WORKER_UPDATE_SETTINGS = 0x0103, /* {logLevel?, logTags?} */
  SLUICE_WORKER_CREATE_WEBRTC_SERVER = 0x0104, /* {listenInfos: ListenInfo[], sharedPort?: {index,
                                                  id?}} -> {id, sharedPortId?}. A shared port is
                                                  one that several workers listen on, each with an
                                                  index of its own, 0 to 63: the first one opens
                                                  it, the others join by its id, with the same
                                                  infos. */
  SLUICE_WORKER_CREATE_ROUTER = 0x0105,        /* {} -> {id} */
  SLUICE_WORKER_FAIL = 0x0106, /* {as: "bad_alloc"|"logic_error"|"unknown", later?: bool}. For tests:
                                  an exception of that kind leaves this command, or the event loop
                                  once the command was answered, and the worker dies. Unsupported
                                  unless SLUICE_TEST_FAULTS=1 was in the process's environment when
                                  the worker was made. */

  /* WebRtcServer. */
  SLUICE_WEBRTC_SERVER_CLOSE = 0x0200, /* Closes its transports too. */
  SLUICE_WEBRTC_SERVER_DUMP = 0x0201, /* -> {id, udpSockets: [{ip, port}], tcpServers: [{ip, port}],
                                          webRtcTransportIds[], localIceUsernameFragments:
                                          [{localIceUsernameFragment, webRtcTransportId}]} */

  /* Router. */
  SLUICE_ROUTER_CLOSE = 0x0300,
  SLUICE_ROUTER_DUMP = 0x0301, /* -> as mediasoup's Router.dump(), ids as numbers */
  SLUICE_ROUTER_CREATE_WEBRTC_TRANSPORT = 0x0302,
  /* {webRtcServerId? | listenInfos?: ListenInfo[], enableUdp, enableTcp, preferUdp, preferTcp,
   *  iceConsentTimeout (s, 0..65535: 0 switches it off, others are brought into 10..60),
   *  initialAvailableOutgoingBitrate}
   * -> {id, iceRole, iceParameters: {usernameFragment, password, iceLite}, iceCandidates:
   *  [{foundation, priority, address, protocol, port, type, tcpType?}], iceState,
   *  dtlsParameters: {role, fingerprints: [{algorithm, value}]}, dtlsState} */
  SLUICE_ROUTER_CREATE_PLAIN_TRANSPORT = 0x0303,
  /* {listenInfo, rtcpListenInfo?, rtcpMux, comedia, enableSrtp, srtpCryptoSuite?}
   * -> {id, tuple: Tuple, rtcpTuple?: Tuple, srtpParameters?: {cryptoSuite, keyBase64}} */
  SLUICE_ROUTER_CREATE_PIPE_TRANSPORT = 0x0304,
  /* {listenInfo?, enableRtx, enableSrtp}: without listenInfo it has no socket and is to be linked
   * -> {id, tuple: Tuple, srtpParameters?: {cryptoSuite, keyBase64}} */
  SLUICE_ROUTER_CREATE_DIRECT_TRANSPORT = 0x0305,
  /* {maxSendMessageSize?, maxReceiveMessageSize?: bytes, at most a quarter of the ring} -> {id} */
  SLUICE_ROUTER_CREATE_AUDIO_LEVEL_OBSERVER = 0x0308,
  /* {maxEntries?: 1..65535, threshold?: dBov, -127..0, interval?: ms} -> {id} */
  SLUICE_ROUTER_CREATE_ACTIVE_SPEAKER_OBSERVER = 0x0309, /* {interval?: ms} -> {id} */

  /* Transport, of any kind. */
  SLUICE_TRANSPORT_CLOSE = 0x0400,
  SLUICE_TRANSPORT_DUMP = 0x0401,  /* -> as mediasoup's dump of the kind, ids as numbers */
  SLUICE_TRANSPORT_STATS = 0x0402, /* -> one object, as mediasoup's stats of the kind */
  SLUICE_TRANSPORT_CONNECT = 0x0403,
  /* WebRtc: {dtlsParameters: {role?, fingerprints[]}} -> {dtlsLocalRole}
   * Plain: {ip?, port?, rtcpPort?, srtpParameters?} -> {tuple, rtcpTuple?, srtpParameters?}
   * Pipe: {ip, port, srtpParameters?} -> {tuple, srtpParameters?} */
  SLUICE_TRANSPORT_RESTART_ICE = 0x0404,              /* -> {usernameFragment, password, iceLite} */
  SLUICE_TRANSPORT_SET_MAX_INCOMING_BITRATE = 0x0405, /* {bitrate} (bps; 0 removes) */
  SLUICE_TRANSPORT_SET_MAX_OUTGOING_BITRATE = 0x0406, /* {bitrate} */
  SLUICE_TRANSPORT_SET_MIN_OUTGOING_BITRATE = 0x0407, /* {bitrate} */
  SLUICE_TRANSPORT_ENABLE_TRACE = 0x0408,             /* {types: ("probation"|"bwe")[]} */
  SLUICE_TRANSPORT_PRODUCE = 0x0409,
  /* {kind, rtpParameters, rtpMapping: {codecs: [{payloadType, mappedPayloadType}], encodings:
   *  [{ssrc?, rid?, scalabilityMode?, mappedSsrc}]}, keyFrameRequestDelay, paused,
   *  enableMediasoupPacketIdHeaderExtension} -> {id, type} */
  SLUICE_TRANSPORT_CONSUME = 0x040A,
  /* {producerId, kind, rtpParameters, type, consumableRtpEncodings, paused, preferredLayers?,
   *  ignoreDtx} -> {id, paused, producerPaused, score, preferredLayers?}. Each SSRC has to be new to
   *  the transport: its SRTP keys must not see it twice. */

  SLUICE_TRANSPORT_CONNECT_LINK = 0x040B,
  /* Pipe without a socket: {linkId?} -> {linkId}. Offers a link to a transport of any worker of
   * this process, or takes the one with that id. */
  SLUICE_TRANSPORT_PRODUCE_DATA = 0x040C, /* Direct: {label?, protocol?, paused?} -> {id} */
  SLUICE_TRANSPORT_CONSUME_DATA = 0x040D,
  /* Direct: {dataProducerId, paused?, subchannels?: 0..65535[]} -> {id, paused,
   * dataProducerPaused, subchannels[]} */

  /* Producer. */
  SLUICE_PRODUCER_CLOSE = 0x0500,
  SLUICE_PRODUCER_DUMP = 0x0501,
  SLUICE_PRODUCER_STATS = 0x0502, /* -> array */
  SLUICE_PRODUCER_PAUSE = 0x0503,
  SLUICE_PRODUCER_RESUME = 0x0504,
  SLUICE_PRODUCER_ENABLE_TRACE = 0x0505, /* {types: ("rtp"|"keyframe"|"nack"|"pli"|"fir"|"sr")[]} */

  /* Consumer. */
  SLUICE_CONSUMER_CLOSE = 0x0600,
  SLUICE_CONSUMER_DUMP = 0x0601,
  SLUICE_CONSUMER_STATS = 0x0602, /* -> array */
  SLUICE_CONSUMER_PAUSE = 0x0603,
  SLUICE_CONSUMER_RESUME = 0x0604,
  SLUICE_CONSUMER_SET_PREFERRED_LAYERS = 0x0605, /* {spatialLayer, temporalLayer?} -> same | {} */
  SLUICE_CONSUMER_SET_PRIORITY = 0x0606,         /* {priority} -> {priority} */
  SLUICE_CONSUMER_REQUEST_KEY_FRAME = 0x0607,
  SLUICE_CONSUMER_ENABLE_TRACE = 0x0608, /* {types: ("rtp"|"keyframe"|"nack"|"pli"|"fir")[]} */

  /* RtpObserver, of either kind. */
  SLUICE_RTP_OBSERVER_CLOSE = 0x0700,
  SLUICE_RTP_OBSERVER_PAUSE = 0x0701,
  SLUICE_RTP_OBSERVER_RESUME = 0x0702,
  SLUICE_RTP_OBSERVER_ADD_PRODUCER = 0x0703, /* {producerId}: audio, of the observer's router. Twice
                                                the same: nothing, or SLUICE_ERR_FAILED for an
                                                active speaker observer. */
  SLUICE_RTP_OBSERVER_REMOVE_PRODUCER = 0x0704, /* {producerId} */

  /* DataProducer. */
  SLUICE_DATA_PRODUCER_CLOSE = 0x0800,
  SLUICE_DATA_PRODUCER_DUMP = 0x0801,
  SLUICE_DATA_PRODUCER_STATS = 0x0802, /* -> array */
  SLUICE_DATA_PRODUCER_PAUSE = 0x0803,
  SLUICE_DATA_PRODUCER_RESUME = 0x0804,

  /* DataConsumer. */
  SLUICE_DATA_CONSUMER_CLOSE = 0x0900,
  SLUICE_DATA_CONSUMER_DUMP = 0x0901,
  SLUICE_DATA_CONSUMER_STATS = 0x0902, /* -> array */
  SLUICE_DATA_CONSUMER_PAUSE = 0x0903,
  SLUICE_DATA_CONSUMER_RESUME = 0x0904,
  SLUICE_DATA_CONSUMER_SET_SUBCHANNELS = 0x0905, /* {subchannels[]} -> {subchannels[]}, in order */
  SLUICE_DATA_CONSUMER_SET_BUFFERED_AMOUNT_LOW_THRESHOLD = 0x0906 /* {threshold: bytes} */
};

/* ---- Events: a record's type and its payload (JSON) ------------------------------------------ */

enum sluice_event {
  SLUICE_EVENT_LOG = 1,         /* target 0: {level: "debug"|"warn"|"error", tag?, text} */
  SLUICE_EVENT_WORKER_DIED = 2, /* target 0: {reason}. The thread stops by itself. */

  SLUICE_EVENT_ICE_STATE = 16,          /* {iceState} */
  SLUICE_EVENT_ICE_SELECTED_TUPLE = 17, /* {iceSelectedTuple?: Tuple} */
  SLUICE_EVENT_DTLS_STATE = 18,         /* {dtlsState, dtlsRemoteCert?: PEM} */
  SLUICE_EVENT_TUPLE = 19,              /* {tuple: Tuple}: a plain transport learned its peer */
  SLUICE_EVENT_RTCP_TUPLE = 20,         /* {rtcpTuple: Tuple} */
  SLUICE_EVENT_TRANSPORT_TRACE = 21,    /* {type, timestamp, direction, info} */

  SLUICE_EVENT_PRODUCER_SCORE = 32,             /* {score: [{encodingIdx, ssrc, rid?, score}]} */
  SLUICE_EVENT_PRODUCER_VIDEO_ORIENTATION = 33, /* {camera, flip, rotation} */
  SLUICE_EVENT_PRODUCER_TRACE = 34,             /* {type, timestamp, direction, info} */

  SLUICE_EVENT_CONSUMER_PRODUCER_CLOSE = 48, /* {}; the consumer is gone */
  SLUICE_EVENT_CONSUMER_PRODUCER_PAUSE = 49, /* {} */
  SLUICE_EVENT_CONSUMER_PRODUCER_RESUME = 50, /* {} */
  SLUICE_EVENT_CONSUMER_SCORE = 51,          /* {score: {score, producerScore, producerScores[]}} */
  SLUICE_EVENT_CONSUMER_LAYERS = 52,         /* {layers?: {spatialLayer, temporalLayer?}} */
  SLUICE_EVENT_CONSUMER_TRACE = 53,          /* {type, timestamp, direction, info} */

  SLUICE_EVENT_RTP_OBSERVER_VOLUMES = 64,         /* {volumes: [{producerId, volume: dBov}]},
                                                     loudest first */
  SLUICE_EVENT_RTP_OBSERVER_SILENCE = 65,         /* {}: nobody reaches the threshold any more */
  SLUICE_EVENT_RTP_OBSERVER_DOMINANT_SPEAKER = 66, /* {producerId} */

  SLUICE_EVENT_DATA_CONSUMER_PRODUCER_CLOSE = 80, /* {}; the data consumer is gone */
  SLUICE_EVENT_DATA_CONSUMER_PRODUCER_PAUSE = 81, /* {} */
  SLUICE_EVENT_DATA_CONSUMER_PRODUCER_RESUME = 82, /* {} */
  SLUICE_EVENT_DATA_CONSUMER_BUFFERED_AMOUNT_LOW = 83 /* {bufferedAmount: bytes} */
};

#ifdef __cplusplus
}
#endif

#endif /* SLUICE_H */

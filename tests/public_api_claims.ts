/**
 * Our types against a description of mediasoup's public API, both ways. The compiler checks it,
 * under `deno check` and under `tsc`: nothing here runs, so nothing here is a test.
 */
import type { types } from "../mod.ts";
import type * as api from "./public_api.ts";

/** `true` if a described object can be used as ours, and ours as the description says. */
type Fits<Ours, Described> = Ours extends Described
  ? Described extends Pick<Ours, keyof Described & keyof Ours> ? true : "ours asks for more"
  : "ours lacks something";

/** The members of every emitter, which the events type. */
type OfEmitters = keyof types.RtpObserver extends infer K
  ? K extends keyof import("../sfu/base/emitter.ts").EnhancedEventEmitter ? K : never
  : never;

/** The members that only ours have. */
type More<Ours, Described> = Exclude<keyof Ours, keyof Described | OfEmitters>;

/** Compiles if every claim is `true`. */
type Holds<Claims extends true[]> = Claims;

type Same<A, B> = [A, B] extends [B, A] ? true : false;

/** Our objects are as described, and nothing that is described is missing. */
export type Interchangeable = Holds<[
  Fits<types.Worker, api.Worker>,
  Fits<types.WebRtcServer, api.WebRtcServer>,
  Fits<types.Router, api.Router>,
  Fits<types.Transport, Omit<api.Transport, never>>,
  Fits<types.WebRtcTransport, api.WebRtcTransport>,
  Fits<types.PlainTransport, api.PlainTransport>,
  Fits<types.PipeTransport, api.PipeTransport>,
  Fits<types.DirectTransport, api.DirectTransport>,
  Fits<types.Producer, api.Producer>,
  Fits<types.Consumer, api.Consumer>,
  Fits<types.DataProducer, api.DataProducer>,
  Fits<types.DataConsumer, api.DataConsumer>,
  Fits<types.ActiveSpeakerObserver, api.ActiveSpeakerObserver>,
  Fits<types.AudioLevelObserver, api.AudioLevelObserver>,
]>;

/** These are all the members that only ours have. */
export type Additions = Holds<[
  Same<More<types.Worker, api.Worker>, never>,
  Same<More<types.WebRtcServer, api.WebRtcServer>, never>,
  Same<More<types.Router, api.Router>, "addPipeTransportPair">,
  Same<More<types.WebRtcTransport, api.WebRtcTransport>, never>,
  Same<More<types.PlainTransport, api.PlainTransport>, never>,
  Same<More<types.PipeTransport, api.PipeTransport>, never>,
  Same<More<types.DirectTransport, api.DirectTransport>, never>,
  Same<More<types.Producer, api.Producer>, "sendBatch">,
  Same<More<types.Consumer, api.Consumer>, "packets" | typeof Symbol.asyncIterator>,
  Same<More<types.DataProducer, api.DataProducer>, "sendBatch">,
  Same<More<types.DataConsumer, api.DataConsumer>, "messages" | typeof Symbol.asyncIterator>,
  Same<More<types.ActiveSpeakerObserver, api.ActiveSpeakerObserver>, never>,
  Same<More<types.AudioLevelObserver, api.AudioLevelObserver>, never>,
]>;

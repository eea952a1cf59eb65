/**
 * The messages between page and server over the WebSocket, as types. `signalling.md` describes them in
 * the order in which they are sent.
 *
 * A request of the page has an id and gets one answer with that id. A notification of the server has no
 * id and gets no answer.
 */
import type {
  DtlsParameters,
  IceCandidate,
  IceParameters,
  MediaKind,
  RtpCapabilities,
  RtpParameters,
} from "mediasoup-client/types";

/** The source of a stream; a person can send one of each. */
export type Source = "microphone" | "camera" | "screen";

export interface PersonInfo {
  personId: string;
  name: string;
}

export interface StreamInfo {
  producerId: string;
  personId: string;
  kind: MediaKind;
  source: Source;
}

/** Every request: its data and the data of its answer. */
export interface Requests {
  /** Must come first. Names longer than 60 characters are cut. */
  join: {
    request: { room: string; name: string };
    answer: {
      personId: string;
      routerRtpCapabilities: RtpCapabilities;
      people: PersonInfo[];
      streams: StreamInfo[];
    };
  };
  /** A transport to send on, or one to receive on (which needs `rtpCapabilities`). */
  createTransport: {
    request: { direction: "send" | "recv"; rtpCapabilities?: RtpCapabilities; forceTcp: boolean };
    answer: {
      id: string;
      iceParameters: IceParameters;
      iceCandidates: IceCandidate[];
      dtlsParameters: DtlsParameters;
    };
  };
  connectTransport: {
    request: { transportId: string; dtlsParameters: DtlsParameters };
    answer: Record<string, never>;
  };
  restartIce: { request: { transportId: string }; answer: IceParameters };
  produce: {
    request: {
      transportId: string;
      kind: MediaKind;
      rtpParameters: RtpParameters;
      source: Source;
      paused: boolean;
    };
    answer: { producerId: string };
  };
  pauseProducer: { request: { producerId: string }; answer: Record<string, never> };
  resumeProducer: { request: { producerId: string }; answer: Record<string, never> };
  closeProducer: { request: { producerId: string }; answer: Record<string, never> };
  /** Makes a paused consumer, so that no packet arrives before the page can receive it. */
  consume: {
    request: { producerId: string };
    answer: {
      id: string;
      producerId: string;
      kind: MediaKind;
      rtpParameters: RtpParameters;
      producerPaused: boolean;
    };
  };
  resumeConsumer: { request: { consumerId: string }; answer: Record<string, never> };
}

/** Every notification of the server and its data. */
export interface Notifications {
  personJoined: PersonInfo;
  personLeft: { personId: string };
  streamAdded: StreamInfo;
  /** The stream is gone, and with it the consumer. */
  consumerClosed: { consumerId: string };
  consumerPaused: { consumerId: string };
  consumerResumed: { consumerId: string };
}

export type Method = keyof Requests;
export type Request<M extends Method> = Requests[M]["request"];
export type Answer<M extends Method> = Requests[M]["answer"];

export interface RequestMessage {
  id: number;
  method: Method;
  data: unknown;
}

export type ServerMessage =
  | { id: number; data: unknown }
  | { id: number; error: string }
  | { notification: keyof Notifications; data: unknown };

/** A larger message ends the connection: no page sends one. Bytes. */
export const messageBytesMax = 256 * 1024;

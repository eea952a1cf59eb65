/**
 * The words that page and server say to each other over the WebSocket, as types. `signalling.md`
 * tells the same as a story.
 *
 * A request of the page carries an id and gets one answer with that id. A notification of the
 * server carries none and gets no answer.
 */
import type {
  DtlsParameters,
  IceCandidate,
  IceParameters,
  MediaKind,
  RtpCapabilities,
  RtpParameters,
} from "mediasoup-client/types";

/** What a stream shows; one person can have one of each. */
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

/** Every request: what it carries and what the answer carries. */
export interface Requests {
  /** First of all. Names longer than 60 characters are cut. */
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
  /** Makes a paused consumer, so that no packet comes before the page can take it. */
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

/** Every notification of the server and what it carries. */
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

/** No honest message is larger; a larger one ends the connection. */
export const messageBytesMax = 256 * 1024;

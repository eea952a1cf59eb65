/**
 * One person's connection: answers the page's requests and owns the transports, producers and consumers
 * made for them. When the socket closes, they all close.
 */
import type { types } from "../../mod.ts";
import type { Listener, Room } from "./room.ts";
import type { Socket, SocketHandler } from "./serve.ts";
import type {
  Answer,
  Method,
  Notifications,
  PersonInfo,
  Request,
  RequestMessage,
  ServerMessage,
} from "./signalling.ts";

/** The conference as its people see it. */
export interface House {
  webRtcServer: types.WebRtcServer;
  enter(roomName: string): Promise<Room>;
  left(room: Room): void;
}

type Handlers = { [M in Method]: (data: Request<M>) => Promise<Answer<M>> };

/** A page makes one transport per direction; a few more leave room for reconnects. */
const transportsMax = 6;

export class Person implements Listener, SocketHandler {
  readonly info: PersonInfo = { personId: crypto.randomUUID(), name: "" };
  #socket: Socket;
  #house: House;
  #room: Room | undefined;
  #closed = false;
  #transports = new Map<string, types.WebRtcTransport>();
  #receive: { transport: types.WebRtcTransport; capabilities: unknown } | undefined;
  #producers = new Map<string, types.Producer>();
  #consumers = new Map<string, types.Consumer>();
  #handlers: Handlers = {
    join: (data) => this.#join(data),
    createTransport: (data) => this.#createTransport(data),
    connectTransport: async ({ transportId, dtlsParameters }) => {
      await find(this.#transports, transportId, "transport").connect({ dtlsParameters });
      return {};
    },
    restartIce: ({ transportId }) => find(this.#transports, transportId, "transport").restartIce(),
    produce: (data) => this.#produce(data),
    pauseProducer: async ({ producerId }) => {
      await find(this.#producers, producerId, "producer").pause();
      return {};
    },
    resumeProducer: async ({ producerId }) => {
      await find(this.#producers, producerId, "producer").resume();
      return {};
    },
    closeProducer: ({ producerId }) => {
      find(this.#producers, producerId, "producer").close();
      return Promise.resolve({});
    },
    consume: (data) => this.#consume(data),
    resumeConsumer: async ({ consumerId }) => {
      await find(this.#consumers, consumerId, "consumer").resume();
      return {};
    },
  };

  constructor(socket: Socket, house: House) {
    this.#socket = socket;
    this.#house = house;
  }

  get consumers(): Iterable<types.Consumer> {
    return this.#consumers.values();
  }

  notify<N extends keyof Notifications>(notification: N, data: Notifications[N]): void {
    this.#send({ notification, data });
  }

  onMessage(text: string): void {
    const message = parseRequest(text);
    if (message) this.#answer(message);
    else this.#socket.close(1008, "not a request");
  }

  onClose(): void {
    this.#closed = true;
    for (const transport of this.#transports.values()) transport.close();
    const room = this.#room;
    if (!room) return;
    room.leave(this.info.personId);
    this.#house.left(room);
  }

  async #answer({ id, method, data }: RequestMessage): Promise<void> {
    try {
      const handler = this.#handlers[method] as (data: unknown) => Promise<unknown>;
      this.#send({ id, data: await handler(data) });
    } catch (error) {
      this.#send({ id, error: error instanceof Error ? error.message : String(error) });
    }
  }

  #send(message: ServerMessage): void {
    if (!this.#closed) this.#socket.send(JSON.stringify(message));
  }

  async #join({ room: roomName, name }: Request<"join">): Promise<Answer<"join">> {
    if (this.#room) throw new Error("already in a room");
    this.info.name = String(name).trim().slice(0, 60) || "Somebody";
    const room = await this.#house.enter(String(roomName).trim().slice(0, 60) || "demo");
    if (this.#closed || this.#room) {
      this.#house.left(room);
      throw new Error("joined twice or left meanwhile");
    }
    const answer = {
      personId: this.info.personId,
      // mediasoup-client's types have fewer header extensions than the router; it skips the others.
      routerRtpCapabilities: room.router.rtpCapabilities as Answer<"join">["routerRtpCapabilities"],
      people: room.people,
      streams: room.streams,
    };
    this.#room = room;
    room.join(this);
    return answer;
  }

  async #createTransport(
    { direction, rtpCapabilities, forceTcp }: Request<"createTransport">,
  ): Promise<Answer<"createTransport">> {
    const { router } = this.#joinedRoom();
    if (this.#transports.size >= transportsMax) throw new Error("too many transports");
    const transport = await router.createWebRtcTransport({
      webRtcServer: this.#house.webRtcServer,
      enableUdp: !forceTcp,
      enableTcp: true,
      preferUdp: true,
      initialAvailableOutgoingBitrate: 1_000_000,
    });
    this.#transports.set(transport.id, transport);
    transport.observer.once("close", () => this.#transports.delete(transport.id));
    // Its worker died: the page reconnects and joins the others again.
    transport.once("routerclose", () => this.#socket.close(1012, "the media server restarts"));
    if (this.#closed) transport.close();
    if (direction === "recv") this.#receive = { transport, capabilities: rtpCapabilities };
    const { id, iceParameters, iceCandidates, dtlsParameters } = transport;
    return { id, iceParameters, iceCandidates, dtlsParameters };
  }

  async #produce(data: Request<"produce">): Promise<Answer<"produce">> {
    const room = this.#joinedRoom();
    const { kind, rtpParameters, source, paused } = data;
    const transport = find(this.#transports, data.transportId, "transport");
    const producer = await transport.produce({ kind, rtpParameters, paused });
    this.#producers.set(producer.id, producer);
    producer.observer.once("close", () => this.#producers.delete(producer.id));
    const { personId } = this.info;
    room.addStream(producer, { producerId: producer.id, personId, kind, source });
    return { producerId: producer.id };
  }

  async #consume({ producerId }: Request<"consume">): Promise<Answer<"consume">> {
    if (!this.#receive) throw new Error("create a transport to receive on first");
    const { transport, capabilities } = this.#receive;
    const consumer = await transport.consume({
      producerId,
      rtpCapabilities: capabilities as types.RtpCapabilities,
      paused: true,
    });
    const consumerId = consumer.id;
    this.#consumers.set(consumerId, consumer);
    consumer.observer.once("close", () => this.#consumers.delete(consumerId));
    consumer.on("producerclose", () => this.notify("consumerClosed", { consumerId }));
    consumer.on("producerpause", () => this.notify("consumerPaused", { consumerId }));
    consumer.on("producerresume", () => this.notify("consumerResumed", { consumerId }));
    const { id, kind, producerPaused } = consumer;
    const rtpParameters = consumer.rtpParameters as Answer<"consume">["rtpParameters"];
    return { id, producerId, kind, rtpParameters, producerPaused };
  }

  #joinedRoom(): Room {
    if (!this.#room) throw new Error("join a room first");
    return this.#room;
  }
}

function find<T>(table: Map<string, T>, id: string, what: string): T {
  const found = table.get(id);
  if (found === undefined) throw new Error(`no such ${what}`);
  return found;
}

/** Checks the form of a request; the API checks its data. */
function parseRequest(text: string): RequestMessage | undefined {
  let message: Partial<RequestMessage> | null;
  try {
    message = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof message !== "object" || message === null) return undefined;
  const { id, method, data } = message;
  if (typeof id !== "number" || typeof method !== "string" || !isMethod(method)) return undefined;
  if (typeof data !== "object" || data === null) return undefined;
  return { id, method, data };
}

const methods: Record<Method, true> = {
  join: true,
  createTransport: true,
  connectTransport: true,
  restartIce: true,
  produce: true,
  pauseProducer: true,
  resumeProducer: true,
  closeProducer: true,
  consume: true,
  resumeConsumer: true,
};

function isMethod(method: string): method is Method {
  return Object.hasOwn(methods, method);
}

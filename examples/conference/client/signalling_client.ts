/** The WebSocket: requests with answers, notifications, and a new try when it was lost. */
import type {
  Answer,
  Method,
  Notifications,
  Request,
  RequestMessage,
  ServerMessage,
} from "../signalling.ts";

export interface SignallingEvents {
  /** Connected, for the first time or again: join now. */
  onOpen(): void;
  /** Lost; the next try comes by itself. */
  onLost(): void;
  onNotification<N extends keyof Notifications>(notification: N, data: Notifications[N]): void;
}

interface Pending {
  resolve(data: unknown): void;
  reject(error: Error): void;
  timer: ReturnType<typeof setTimeout>;
}

const retryDelaysMs = [500, 1000, 2000, 4000];
/** A connection that has not answered for so long is lost, although the browser may not know yet. */
const answerWithinMs = 5000;

export class SignallingClient {
  #events: SignallingEvents;
  #socket: WebSocket | undefined;
  #pending = new Map<number, Pending>();
  #nextId = 1;
  #retries = 0;
  #closed = false;

  constructor(events: SignallingEvents) {
    this.#events = events;
    this.#connect();
  }

  request<M extends Method>(method: M, data: Request<M>): Promise<Answer<M>> {
    const socket = this.#socket;
    if (socket?.readyState !== WebSocket.OPEN) {
      return Promise.reject(new Error("not connected to the server"));
    }
    const id = this.#nextId++;
    const message: RequestMessage = { id, method, data };
    socket.send(JSON.stringify(message));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.drop(), answerWithinMs);
      this.#pending.set(id, { resolve: (answer) => resolve(answer as Answer<M>), reject, timer });
    });
  }

  /** Gives the connection up as a bad network would; it comes back by itself. */
  drop(): void {
    const socket = this.#socket;
    if (!socket) return;
    // Not by waiting for its close event: a dead connection takes its time to close.
    socket.onclose = socket.onmessage = null;
    socket.close();
    this.#onClose();
  }

  close(): void {
    this.#closed = true;
    this.#socket?.close();
  }

  #connect(): void {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/signalling`);
    this.#socket = socket;
    socket.onopen = () => {
      this.#retries = 0;
      this.#events.onOpen();
    };
    socket.onmessage = ({ data }) => this.#onMessage(JSON.parse(data));
    socket.onclose = () => this.#onClose();
  }

  #onMessage(message: ServerMessage): void {
    if ("notification" in message) {
      this.#events.onNotification(message.notification, message.data as never);
      return;
    }
    const pending = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    clearTimeout(pending?.timer);
    if ("error" in message) pending?.reject(new Error(message.error));
    else pending?.resolve(message.data);
  }

  #onClose(): void {
    this.#socket = undefined;
    for (const { reject, timer } of this.#pending.values()) {
      clearTimeout(timer);
      reject(new Error("the connection was lost"));
    }
    this.#pending.clear();
    if (this.#closed) return;
    this.#events.onLost();
    const delay = retryDelaysMs[Math.min(this.#retries, retryDelaysMs.length - 1)];
    this.#retries += 1;
    setTimeout(() => this.#closed || this.#connect(), delay);
  }
}

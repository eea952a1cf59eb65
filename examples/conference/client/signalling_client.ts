/** The WebSocket: requests with answers, notifications, and reconnecting. */
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
  /** The connection is lost; it is retried automatically. */
  onLost(): void;
  onNotification<N extends keyof Notifications>(notification: N, data: Notifications[N]): void;
}

interface Pending {
  resolve(data: unknown): void;
  reject(error: Error): void;
  timer: ReturnType<typeof setTimeout>;
}

const retryDelaysMs = [500, 1000, 2000, 4000];
/** Without an answer for this long, a connection is lost even if the browser has not noticed. ms. */
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

  /** Drops the connection as a bad network would; it reconnects automatically. */
  drop(): void {
    const socket = this.#socket;
    if (!socket) return;
    // Does not wait for the close event, which comes late on a dead connection.
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

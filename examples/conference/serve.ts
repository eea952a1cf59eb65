/**
 * HTTP and WebSocket on Deno and on Bun. The two differ in how a request becomes a WebSocket, and all of
 * the difference is in this file. Each runtime's part declares the few types that it needs, so that both
 * type checkers can read both parts.
 */

/** One open WebSocket, as the server sees it. */
export interface Socket {
  send(text: string): void;
  close(code: number, reason: string): void;
}

export interface SocketHandler {
  onMessage(text: string): void;
  onClose(): void;
}

/** Accepts a new WebSocket and returns the handler of its messages. */
export type OnSocket = (socket: Socket) => SocketHandler;

export interface ServeOptions {
  host: string;
  port: number;
  tls?: { cert: string; key: string };
  messageBytesMax: number;
  /** Where WebSockets are accepted. */
  socketPath: string;
  fetch(request: Request): Response | Promise<Response>;
  onSocket: OnSocket;
}

export interface Listener {
  port: number;
  stop(): Promise<void>;
}

/** Both runtimes ping a silent page, and close the socket if no answer comes for this long. */
const deadAfterSeconds = 30;

/** Listens. Throws an error with `code` "EADDRINUSE" if the port is taken. */
export async function serve(options: ServeOptions): Promise<Listener> {
  return "Bun" in globalThis ? serveOnBun(options) : await serveOnDeno(options);
}

interface DenoServer {
  addr: { port: number };
  shutdown(): Promise<void>;
}

interface DenoRuntime {
  serve(
    options: { hostname: string; port: number; cert?: string; key?: string; onListen(): void },
    handler: (request: Request) => Response | Promise<Response>,
  ): DenoServer;
  upgradeWebSocket(
    request: Request,
    options: { idleTimeout: number },
  ): { socket: WebSocket; response: Response };
}

function serveOnDeno(options: ServeOptions): Listener {
  const deno = (globalThis as unknown as { Deno: DenoRuntime }).Deno;
  const sockets = new Set<WebSocket>();

  function upgrade(request: Request): Response {
    const { socket, response } = deno.upgradeWebSocket(request, { idleTimeout: deadAfterSeconds });
    let handler: SocketHandler | undefined;
    socket.onopen = () => {
      sockets.add(socket);
      handler = options.onSocket({
        send: (text) => socket.readyState === WebSocket.OPEN && socket.send(text),
        close: (code, reason) => socket.close(code, reason),
      });
    };
    socket.onmessage = ({ data }) => {
      if (typeof data === "string" && data.length <= options.messageBytesMax) {
        handler?.onMessage(data);
      } else {
        socket.close(1009, "message too large or not text");
      }
    };
    socket.onclose = () => {
      sockets.delete(socket);
      handler?.onClose();
      handler = undefined;
    };
    return response;
  }

  const server = deno.serve(
    { hostname: options.host, port: options.port, ...options.tls, onListen: () => {} },
    (request) => wantsSocket(request, options) ? upgrade(request) : options.fetch(request),
  );
  return {
    port: server.addr.port,
    async stop(): Promise<void> {
      for (const socket of sockets) socket.close(1001, "the server stops");
      await server.shutdown();
    },
  };
}

interface BunSocket {
  data: { handler?: SocketHandler };
  send(text: string): number;
  close(code: number, reason: string): void;
}

interface BunServer {
  port: number;
  upgrade(request: Request, options: { data: BunSocket["data"] }): boolean;
  stop(force: boolean): Promise<void>;
}

interface BunRuntime {
  serve(options: {
    hostname: string;
    port: number;
    tls?: { cert: string; key: string };
    fetch(
      request: Request,
      server: BunServer,
    ): Response | undefined | Promise<Response>;
    websocket: {
      maxPayloadLength: number;
      idleTimeout: number;
      open(socket: BunSocket): void;
      message(socket: BunSocket, data: string | Uint8Array): void;
      close(socket: BunSocket): void;
    };
  }): BunServer;
}

function serveOnBun(options: ServeOptions): Listener {
  const bun = (globalThis as unknown as { Bun: BunRuntime }).Bun;
  const server = bun.serve({
    hostname: options.host,
    port: options.port,
    tls: options.tls,
    fetch(request, server): Response | undefined | Promise<Response> {
      if (!wantsSocket(request, options)) return options.fetch(request);
      if (server.upgrade(request, { data: {} })) return undefined;
      return new Response("not a WebSocket", { status: 400 });
    },
    websocket: {
      maxPayloadLength: options.messageBytesMax,
      idleTimeout: deadAfterSeconds,
      open(socket): void {
        socket.data.handler = options.onSocket({
          send: (text) => void socket.send(text),
          close: (code, reason) => socket.close(code, reason),
        });
      },
      message(socket, data): void {
        if (typeof data === "string") socket.data.handler?.onMessage(data);
        else socket.close(1003, "not text");
      },
      close(socket): void {
        socket.data.handler?.onClose();
      },
    },
  });
  return { port: server.port, stop: () => server.stop(true) };
}

function wantsSocket(request: Request, options: ServeOptions): boolean {
  return request.headers.get("upgrade")?.toLowerCase() === "websocket" &&
    new URL(request.url).pathname === options.socketPath;
}

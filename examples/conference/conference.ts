/** The conference: its workers, one media port for everybody, and the rooms. */
import { createWorkerPool, type types } from "../../mod.ts";
import type { Options } from "./options.ts";
import { type House, Person } from "./person.ts";
import type { Report } from "./report.ts";
import { mediaCodecs, Room } from "./room.ts";
import type { Socket, SocketHandler } from "./serve.ts";

export class Conference {
  #pool: types.WorkerPool;
  #house: House;
  #rooms = new Map<string, Promise<Room>>();
  #people = new Set<Person>();

  private constructor(pool: types.WorkerPool, webRtcServer: House["webRtcServer"]) {
    this.#pool = pool;
    this.#house = {
      webRtcServer,
      enter: (name) => this.enter(name),
      left: (room) => this.#closeIfEmpty(room),
    };
  }

  /** Starts the workers and opens the media port. The text of an error says what to do. */
  static async create(
    { host, mediaPort, announcedAddress, workers }: Options,
  ): Promise<Conference> {
    const ip = host === "localhost" ? "127.0.0.1" : host;
    const announced = ip === announcedAddress ? {} : { announcedAddress };
    const pool = await createWorkerPool({ workers, logLevel: "warn" });
    try {
      const webRtcServer = await pool.createWebRtcServer({
        listenInfos: [
          { protocol: "udp", ip, port: mediaPort, ...announced },
          { protocol: "tcp", ip, port: mediaPort, ...announced },
        ],
      });
      return new Conference(pool, webRtcServer);
    } catch (error) {
      pool.close();
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(
        `Media port ${mediaPort} on ${ip} cannot be opened (${why}): stop what uses it, ` +
          "or choose another with --media-port.",
      );
    }
  }

  /** Makes the person of a new connection. */
  connect(socket: Socket): SocketHandler {
    const person = new Person(socket, this.#house);
    this.#people.add(person);
    return {
      onMessage: (text) => person.onMessage(text),
      onClose: () => {
        this.#people.delete(person);
        person.onClose();
      },
    };
  }

  /** The room of that name, which is made if necessary. */
  enter(name: string): Promise<Room> {
    let room = this.#rooms.get(name);
    if (!room) {
      room = this.#pool.createRouter({ mediaCodecs }).then((router) => new Room(name, router));
      room.catch(() => this.#rooms.delete(name));
      this.#rooms.set(name, room);
    }
    return room;
  }

  #closeIfEmpty(room: Room): void {
    if (!room.empty) return;
    this.#rooms.delete(room.name);
    room.router.close();
  }

  /** One line about the current state. */
  async report(report: Report): Promise<string> {
    const rooms = await Promise.all(this.#rooms.values());
    return report.line({
      people: rooms.reduce((sum, room) => sum + room.people.length, 0),
      producers: rooms.reduce((sum, room) => sum + room.streams.length, 0),
      consumers: [...this.#people].flatMap((person) => [...person.consumers]),
    });
  }

  close(): void {
    this.#pool.close();
  }
}

/**
 * A room: one router and the people in it. It tells everybody who joins and leaves, and which streams
 * exist. person.ts handles each person's own requests.
 */
import type { types } from "../../mod.ts";
import type { Notifications, PersonInfo, StreamInfo } from "./signalling.ts";

/** All codecs that browsers send. The page chooses with `?codec=`; the default is VP8. */
export const mediaCodecs: types.RouterRtpCodecCapability[] = [
  { kind: "audio", mimeType: "audio/opus", clockRate: 48000, channels: 2 },
  { kind: "video", mimeType: "video/VP8", clockRate: 90000 },
  { kind: "video", mimeType: "video/VP9", clockRate: 90000, parameters: { "profile-id": 0 } },
  {
    kind: "video",
    mimeType: "video/H264",
    clockRate: 90000,
    parameters: {
      "packetization-mode": 1,
      "profile-level-id": "42e01f",
      "level-asymmetry-allowed": 1,
    },
  },
  { kind: "video", mimeType: "video/AV1", clockRate: 90000 },
];

/** A person whom the room notifies. */
export interface Listener {
  info: PersonInfo;
  notify<N extends keyof Notifications>(notification: N, data: Notifications[N]): void;
}

export class Room {
  readonly name: string;
  readonly router: types.Router;
  #people = new Map<string, Listener>();
  #streams = new Map<string, StreamInfo>();
  /** People without a connection, such as the test pattern. */
  #guests = new Map<string, PersonInfo>();

  constructor(name: string, router: types.Router) {
    this.name = name;
    this.router = router;
  }

  get people(): PersonInfo[] {
    return [...this.#guests.values(), ...[...this.#people.values()].map(({ info }) => info)];
  }

  get streams(): StreamInfo[] {
    return [...this.#streams.values()];
  }

  /** Whether the room can be closed: it has neither people nor guests. */
  get empty(): boolean {
    return this.#people.size === 0 && this.#guests.size === 0;
  }

  join(person: Listener): void {
    this.#tellAll("personJoined", person.info);
    this.#people.set(person.info.personId, person);
  }

  leave(personId: string): void {
    if (!this.#people.delete(personId)) return;
    this.#tellAll("personLeft", { personId });
  }

  addGuest(guest: PersonInfo): void {
    this.#guests.set(guest.personId, guest);
    this.#tellAll("personJoined", guest);
  }

  removeGuest(personId: string): void {
    if (!this.#guests.delete(personId)) return;
    this.#tellAll("personLeft", { personId });
  }

  /** Shows a stream to everybody but its sender, until its producer closes. */
  addStream(producer: types.Producer, stream: StreamInfo): void {
    this.#streams.set(producer.id, stream);
    producer.observer.once("close", () => this.#streams.delete(producer.id));
    for (const [personId, person] of this.#people) {
      if (personId !== stream.personId) person.notify("streamAdded", stream);
    }
  }

  #tellAll<N extends keyof Notifications>(notification: N, data: Notifications[N]): void {
    for (const person of this.#people.values()) person.notify(notification, data);
  }
}

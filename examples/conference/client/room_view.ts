/** The room on the screen: tiles for people and screens, speakers, figures, a status line. */
import type { types } from "mediasoup-client";
import type { PersonInfo, Source, StreamInfo } from "../signalling.ts";
import type { CallView } from "./call.ts";
import { fitTiles } from "./layout.ts";
import { type Counters, describe, readCounters } from "./stream_stats.ts";
import { Tile } from "./tile.ts";

type Consumer = types.Consumer<{ stream: StreamInfo; askedAtMs: number }>;

/** A stream whose figures a tile shows. */
export interface Measured {
  id: string;
  kind: types.MediaKind;
  getStats(): Promise<RTCStatsReport>;
}

const tileGap = 10;
const tileWidthMin = 150;

export class RoomView implements CallView {
  /** Milliseconds from asking for a video stream to its first picture, by consumer. */
  readonly firstPictureMs: Map<string, number> = new Map();
  #grid = document.querySelector<HTMLElement>("#grid")!;
  #status = document.querySelector<HTMLElement>("#status")!;
  #count = document.querySelector<HTMLElement>("#people-count")!;
  #names = new Map<string, string>();
  #tiles = new Map<string, Tile>();
  #counters = new Map<string, Counters>();

  constructor() {
    new ResizeObserver(() => this.#layOut()).observe(this.#grid);
    this.#showCount();
  }

  onStatus(text: string): void {
    this.#status.textContent = text;
    this.#status.hidden = text === "";
  }

  onPersonJoined({ personId, name }: PersonInfo): void {
    this.#names.set(personId, name);
    this.#tileOf(personId, "camera");
    this.#showCount();
  }

  onPersonLeft(personId: string): void {
    this.#names.delete(personId);
    this.#removeTile(`${personId}/person`);
    this.#removeTile(`${personId}/screen`);
    this.#showCount();
  }

  onStream(consumer: Consumer): void {
    const { stream, askedAtMs } = consumer.appData;
    const tile = this.#tileOf(stream.personId, stream.source);
    tile.addTrack(stream.source, consumer.track, () => {
      this.firstPictureMs.set(consumer.id, performance.now() - askedAtMs);
    });
  }

  onStreamPaused(consumer: Consumer, paused: boolean): void {
    const { personId, source } = consumer.appData.stream;
    this.#tileOf(personId, source).setOn(source, !paused);
  }

  onStreamEnded(consumer: Consumer): void {
    const { personId, source } = consumer.appData.stream;
    this.#counters.delete(consumer.id);
    if (source === "screen") this.#removeTile(`${personId}/screen`);
    else this.#tiles.get(`${personId}/person`)?.removeTrack(source, consumer.track);
  }

  onReset(): void {
    for (const key of [...this.#tiles.keys()]) {
      if (!key.startsWith("me/")) this.#removeTile(key);
    }
    this.#names.clear();
    this.#counters.clear();
    this.#showCount();
  }

  /** Shows our own camera or screen. */
  showOwn(name: string, source: Source, track?: MediaStreamTrack): void {
    this.#names.set("me", name);
    const tile = this.#tileOf("me", source);
    if (track && track.kind === "video") tile.addTrack(source, track);
    this.#names.delete("me");
  }

  setOwn(source: Source, on: boolean): void {
    this.#tileOf("me", source).setOn(source, on);
  }

  hideOwnScreen(): void {
    this.#removeTile("me/screen");
  }

  setLevel(personId: string, level: number): void {
    this.#tiles.get(`${personId}/person`)?.setLevel(level, performance.now());
  }

  /** Shows what a stream has done since the last call, on its tile. */
  async showStats(personId: string, source: Source, stream: Measured): Promise<void> {
    const report = await stream.getStats();
    const entries: Parameters<typeof readCounters>[0] = report.values();
    const now = readCounters(entries, performance.now());
    const before = this.#counters.get(stream.id);
    this.#counters.set(stream.id, now);
    const key = `${personId}/${source === "screen" ? "screen" : "person"}`;
    if (before) this.#tiles.get(key)?.setStats(describe(before, now));
  }

  #tileOf(personId: string, source: Source): Tile {
    const key = `${personId}/${source === "screen" ? "screen" : "person"}`;
    let tile = this.#tiles.get(key);
    if (!tile) {
      const name = this.#names.get(personId) ?? "Somebody";
      tile = new Tile(name, { own: personId === "me", screen: source === "screen" });
      tile.element.addEventListener("silenced", () => this.#offerSound());
      this.#tiles.set(key, tile);
      this.#grid.append(tile.element);
      this.#layOut();
    }
    return tile;
  }

  #removeTile(key: string): void {
    const tile = this.#tiles.get(key);
    if (!tile) return;
    this.#tiles.delete(key);
    tile.element.remove();
    this.#layOut();
  }

  /** Browsers play sound only after a click on the page. */
  #offerSound(): void {
    const button = document.querySelector<HTMLButtonElement>("#sound")!;
    button.hidden = false;
    button.onclick = () => {
      button.hidden = true;
      for (const { video } of this.#tiles.values()) video.play().catch(() => {});
    };
  }

  #showCount(): void {
    const others = this.#names.size;
    this.#count.textContent = others === 0 ? "Nobody else is here" : `${others + 1} in the room`;
  }

  #layOut(): void {
    const area = { width: this.#grid.clientWidth, height: this.#grid.clientHeight };
    const { width, height } = fitTiles(this.#tiles.size, area, tileGap, tileWidthMin);
    this.#grid.style.setProperty("--tile-width", `${width}px`);
    this.#grid.style.setProperty("--tile-height", `${height}px`);
  }
}

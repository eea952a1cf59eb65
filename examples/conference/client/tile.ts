/** One tile: a person (camera and voice) or a shared screen. */
import type { Source } from "../signalling.ts";
import type { Figure } from "./stream_stats.ts";

/** A louder voice counts as speech. From 0 to 1. */
const speechLevel = 0.015;
/** The ring stays this long after the last speech, so that it does not flicker. Milliseconds. */
const speechHoldMs = 700;

export class Tile {
  readonly element: HTMLElement;
  readonly video: HTMLVideoElement;
  #statsLine: HTMLElement;
  #stream = new MediaStream();
  #spokeAtMs = -Infinity;

  constructor(name: string, options: { own: boolean; screen: boolean }) {
    const template = document.querySelector<HTMLTemplateElement>("#tile-template")!;
    this.element = template.content.firstElementChild!.cloneNode(true) as HTMLElement;
    this.video = this.element.querySelector("video")!;
    this.#statsLine = this.element.querySelector(".tile-stats")!;
    const label = options.screen ? `${name}’s screen` : options.own ? `${name} (you)` : name;
    this.element.querySelector(".tile-name")!.textContent = label;
    this.element.querySelector(".tile-initials")!.textContent = initialsOf(name);
    this.element.setAttribute("aria-label", label);
    this.element.style.setProperty("--tile-hue", String(hueOf(name)));
    this.element.classList.toggle("own", options.own && !options.screen);
    this.element.classList.toggle("screen", options.screen);
    this.setOn("camera", false);
    if (options.screen || options.own) this.element.querySelector(".tile-muted")!.remove();
    else this.setOn("microphone", false);
    this.video.muted = options.own;
    this.video.srcObject = this.#stream;
  }

  /** Shows or plays a track. Calls `onFrame` when its first picture is on the screen. */
  addTrack(source: Source, track: MediaStreamTrack, onFrame?: () => void): void {
    for (const old of this.#stream.getTracks()) {
      if (old.kind === track.kind) this.#stream.removeTrack(old);
    }
    this.#stream.addTrack(track);
    this.setOn(source, true);
    if (onFrame && track.kind === "video") this.video.requestVideoFrameCallback(onFrame);
    this.video.play().catch(() => this.element.dispatchEvent(new Event("silenced")));
  }

  removeTrack(source: Source, track: MediaStreamTrack): void {
    this.#stream.removeTrack(track);
    this.setOn(source, false);
  }

  /** Shows whether a source sends. Without a picture the initials are shown. */
  setOn(source: Source, on: boolean): void {
    if (source === "microphone") this.element.classList.toggle("muted", !on);
    else this.element.classList.toggle("no-picture", !on);
  }

  /** Takes the loudness of the voice, 0 to 1, and shows whether the person speaks. */
  setLevel(level: number, nowMs: number): void {
    if (level > speechLevel) this.#spokeAtMs = nowMs;
    const speaking = nowMs - this.#spokeAtMs < speechHoldMs;
    this.element.classList.toggle("speaking", speaking);
  }

  setStats(figures: Figure[]): void {
    this.#statsLine.replaceChildren(...figures.map(({ text, minor }) => {
      const part = document.createElement("span");
      part.textContent = text;
      part.classList.toggle("minor", minor);
      return part;
    }));
  }
}

function initialsOf(name: string): string {
  const words = name.split(/\s+/).filter(Boolean);
  return words.slice(0, 2).map((word) => [...word][0].toUpperCase()).join("") || "?";
}

/** A name has the same colour on every screen. */
function hueOf(name: string): number {
  let hash = 0;
  for (const letter of name) hash = (hash * 31 + letter.codePointAt(0)!) % 360;
  return hash;
}

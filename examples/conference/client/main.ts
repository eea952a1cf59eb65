/** The page: a lobby, then the room with its buttons. */
import { Call } from "./call.ts";
import { openDevices, openScreen } from "./devices.ts";
import { RoomView } from "./room_view.ts";

const levelsEveryMs = 200;
const statsEveryMs = 2000;

declare global {
  /** State for the browser tests, which is also useful in the console. */
  var conference: { call: Call; view: RoomView } | undefined;
}

function byId<T extends HTMLElement>(id: string): T {
  return document.getElementById(id) as T;
}

const query = new URLSearchParams(location.search);
const lobby = byId<HTMLFormElement>("lobby");
const nameField = byId<HTMLInputElement>("name");
const roomField = byId<HTMLInputElement>("room");

nameField.value = query.get("name") ?? localStorage.getItem("name") ?? "";
roomField.value = query.get("room") ?? "demo";
lobby.onsubmit = (event) => {
  event.preventDefault();
  join().catch((error) => byId("problem").textContent = String(error));
};
// Only after the page has loaded: a video without a picture would delay that.
if (query.has("join")) addEventListener("load", () => lobby.requestSubmit());

/** The size that a test asks for with `?width=640&height=360`, otherwise the best available. */
function askedSize(): MediaTrackConstraints {
  const [width, height] = [Number(query.get("width")), Number(query.get("height"))];
  return width > 0 && height > 0 ? { width: { exact: width }, height: { exact: height } } : {};
}

async function join(): Promise<void> {
  const name = nameField.value.trim() || "Somebody";
  const room = roomField.value.trim() || "demo";
  localStorage.setItem("name", name);
  byId("join").setAttribute("disabled", "");
  const media = query.has("viewer") ? { problem: "" } : await openDevices(askedSize());
  lobby.hidden = true;
  byId("room-page").hidden = false;
  byId("room-name").textContent = room;
  document.title = `${room} · Sluice`;
  byId("problem-text").textContent = media.problem;
  byId("problem-bar").hidden = media.problem === "";
  byId("problem-close").onclick = () => byId("problem-bar").hidden = true;

  const view = new RoomView();
  const { codec, screenCodec } = Object.fromEntries(query);
  const call = new Call({ room, name, codec, screenCodec, forceTcp: query.has("forceTcp") }, view);
  globalThis.conference = { call, view };
  view.showOwn(name, "camera", media.video);
  if (media.video) await call.addTrack("camera", media.video);
  if (media.audio) await call.addTrack("microphone", media.audio);

  toggle("microphone", media.audio !== undefined, "m", (on) => call.setPaused("microphone", !on));
  toggle("camera", media.video !== undefined, "v", (on) => {
    view.setOwn("camera", on);
    return call.setPaused("camera", !on);
  });
  byId("screen").onclick = () => toggleScreen(call, view, name);
  byId("screen").hidden = !("getDisplayMedia" in (navigator.mediaDevices ?? {}));
  byId("share").onclick = () => share(room);
  byId("leave").onclick = () => {
    call.leave();
    location.assign(`?room=${encodeURIComponent(room)}`);
  };
  setInterval(() => showLevels(call, view), levelsEveryMs);
  setInterval(() => showStats(call, view), statsEveryMs);
}

/** A button that switches something on and off, by mouse and by key. */
function toggle(
  id: string,
  available: boolean,
  key: string,
  change: (on: boolean) => Promise<void>,
): void {
  const button = byId<HTMLButtonElement>(id);
  button.disabled = !available;
  let on = available;
  const show = (): void => {
    button.setAttribute("aria-pressed", String(on));
    button.title = `${on ? "Switch off" : "Switch on"} ${id} (${key})`;
  };
  show();
  button.onclick = () => {
    on = !on;
    show();
    change(on).catch((error) => console.warn(error));
  };
  addEventListener("keydown", (event) => {
    if (event.key === key && !event.ctrlKey && !event.metaKey && available) button.click();
  });
}

async function toggleScreen(call: Call, view: RoomView, name: string): Promise<void> {
  const button = byId("screen");
  const end = async (): Promise<void> => {
    button.setAttribute("aria-pressed", "false");
    view.hideOwnScreen();
    await call.removeTrack("screen");
  };
  if (button.getAttribute("aria-pressed") === "true") return await end();
  const track = await openScreen();
  if (!track) return;
  button.setAttribute("aria-pressed", "true");
  track.onended = end; // The browser's own "stop sharing" button.
  view.showOwn(name, "screen", track);
  await call.addTrack("screen", track);
}

async function share(room: string): Promise<void> {
  const link = `${location.origin}/?room=${encodeURIComponent(room)}`;
  try {
    await navigator.clipboard.writeText(link);
    byId("share-text").textContent = "Link copied";
  } catch {
    prompt("The link to this room:", link);
  }
  setTimeout(() => byId("share-text").textContent = "Share link", 2000);
}

async function showLevels(call: Call, view: RoomView): Promise<void> {
  for (const { kind, rtpReceiver, appData } of call.consumers.values()) {
    if (kind !== "audio") continue;
    const level = rtpReceiver?.getSynchronizationSources()[0]?.audioLevel ?? 0;
    view.setLevel(appData.stream.personId, level);
  }
  const own = call.producers.get("microphone");
  if (!own || own.closed) return;
  for (const entry of (await own.getStats()).values()) {
    if (entry.type === "media-source") view.setLevel("me", own.paused ? 0 : entry.audioLevel ?? 0);
  }
}

async function showStats(call: Call, view: RoomView): Promise<void> {
  for (const consumer of call.consumers.values()) {
    const { personId, source } = consumer.appData.stream;
    if (consumer.kind === "video") await view.showStats(personId, source, consumer);
  }
  for (const [source, producer] of call.producers) {
    if (producer.kind === "video" && !producer.closed) await view.showStats("me", source, producer);
  }
}

/** Chromium with its fake camera and microphone, and what the tests ask of a conference page. */
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

/**
 * Beside playwright's own flags, which keep the browser off the network and do without its sandbox.
 * No `--disable-features` here: it would replace playwright's list.
 */
const flags = [
  "--use-fake-device-for-media-stream=fps=30",
  "--use-fake-ui-for-media-stream",
  "--autoplay-policy=no-user-gesture-required",
  "--disable-gpu",
];

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: "/usr/bin/chromium", headless: true, args: flags });
}

/** What a page has received of one stream since the stream began. */
export interface Received {
  kind: "audio" | "video";
  personId: string;
  source: string;
  codec: string;
  packets: number;
  packetsLost: number;
  framesDecoded: number;
  width: number;
  height: number;
  protocol: string;
}

export interface JoinOptions {
  name: string;
  room?: string;
  /** More of the page's query: codec, forceTcp, width and height, viewer. */
  query?: Record<string, string>;
  context?: BrowserContext;
}

/** Opens the conference in a new tab and joins. Media may still be on its way. */
export async function join(browser: Browser, url: string, options: JoinOptions): Promise<Page> {
  const page = await (options.context ?? await browser.newContext()).newPage();
  await openPage(page, url, options);
  return page;
}

/** The same in a tab that is there. */
export async function openPage(page: Page, url: string, options: JoinOptions): Promise<void> {
  const { name, room = "test", query } = options;
  page.on("pageerror", (error) => console.error(`${name}: ${error.stack ?? error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") {
      console.error(`${name}: ${message.text()}`);
    }
  });
  const search = new URLSearchParams({ name, room, join: "", ...query });
  page.setDefaultTimeout(120_000);
  await page.goto(`${url}?${search}`);
  await page.waitForFunction(() => globalThis.conference !== undefined);
}

/** What the page has received, a row a stream. */
export function received(page: Page): Promise<Received[]> {
  return page.evaluate(async () => {
    const rows: Received[] = [];
    for (const consumer of globalThis.conference!.call.consumers.values()) {
      const entries = [...(await consumer.getStats()).values()];
      const of = (type: string): Stat => entries.find((entry) => entry.type === type) ?? {};
      const stream = of("inbound-rtp");
      // Not the nominated pair: a controlling browser may send on one before it says so of it.
      const pair = entries.find(({ id }) => id === of("transport").selectedCandidatePairId);
      const local = entries.find((entry) => entry.id === pair?.localCandidateId);
      rows.push({
        kind: consumer.kind,
        personId: consumer.appData.stream.personId,
        source: consumer.appData.stream.source,
        codec: entries.find((entry) => entry.id === stream.codecId)?.mimeType ?? "",
        packets: stream.packetsReceived ?? 0,
        packetsLost: stream.packetsLost ?? 0,
        framesDecoded: stream.framesDecoded ?? 0,
        width: stream.frameWidth ?? 0,
        height: stream.frameHeight ?? 0,
        protocol: local?.protocol ?? "",
      });
    }
    return rows;
  });
}

/**
 * Waits until `done` is true of what the page receives.
 *
 * @throws Error with the last rows after `seconds`.
 */
export async function receives(
  page: Page,
  what: string,
  done: (rows: Received[]) => boolean,
  seconds = 120,
): Promise<Received[]> {
  const deadline = performance.now() + seconds * 1000;
  let rows: Received[] = [];
  while (performance.now() < deadline) {
    rows = await received(page);
    if (done(rows)) return rows;
    await page.waitForTimeout(100);
  }
  throw new Error(`no ${what} within ${seconds} s: ${JSON.stringify(rows)}`);
}

/** Waits until a stream of that kind has brought so many more packets than it has now. */
export async function keepsReceiving(
  page: Page,
  kind: "audio" | "video",
  packets = 50,
): Promise<void> {
  const before = packetsOf(kind, await received(page));
  await receives(
    page,
    `${packets} more ${kind} packets`,
    (rows) => packetsOf(kind, rows) >= before + packets,
  );
}

/** Packets of all streams of a kind. */
export function packetsOf(kind: "audio" | "video", rows: Received[]): number {
  return rows.reduce((sum, row) => sum + (row.kind === kind ? row.packets : 0), 0);
}

/** A row of getStats(), as far as the tests look. */
interface Stat {
  selectedCandidatePairId?: string;
  codecId?: string;
  packetsReceived?: number;
  packetsLost?: number;
  framesDecoded?: number;
  frameWidth?: number;
  frameHeight?: number;
}

/** The page's side of what the tests look at; examples/conference/client/main.ts sets it. */
interface PageConference {
  call: {
    consumers: Map<string, PageConsumer>;
    producers: Map<string, { id: string; rtpParameters: { encodings: { ssrc: number }[] } }>;
    restartIce(): Promise<void>;
    // deno-lint-ignore no-explicit-any
    transportStats(): Promise<Map<string, any>>[];
    dropConnection(): void;
  };
  view: { firstPictureMs: Map<string, number> };
}

interface PageConsumer {
  kind: "audio" | "video";
  appData: { stream: { personId: string; source: string } };
  // deno-lint-ignore no-explicit-any
  getStats(): Promise<Map<string, any>>;
}

declare global {
  var conference: PageConference | undefined;
}

/** Two pages over a bad network: what is lost is asked for again, on both legs. */
import assert from "node:assert/strict";
import type { Buffer } from "node:buffer";
import { after, before, describe, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { ConferenceServer } from "../support/conference.ts";
import { launchBrowser, openPage, receives } from "../support/pages.ts";
import { perfect, Relay } from "../support/relay.ts";

/** What a receiver must get, of 1. */
const deliveredMin = 0.999;
/** Of each page's video, on a network that loses. */
const packetsMin = 1000;

/**
 * Has the page write down the RTP timestamp of each frame of video that it received whole, before it
 * is decoded. Run in the page before anything else, hence text: a transform counts only when it is
 * set as soon as there is a track.
 *
 * getStats() cannot tell what arrived: `packetsLost` counts what was lost of the media's own SSRC,
 * repaired or not, and `packetsReceived` counts a packet that was repaired twice as two.
 */
const noteWholeFrames = `
  globalThis.wholeFrames = [];
  const inWorker = () => {
    onrtctransform = ({ transformer: { readable, writable } }) => {
      const note = new TransformStream({
        transform(frame, controller) {
          postMessage(frame.getMetadata().rtpTimestamp);
          controller.enqueue(frame);
        },
      });
      readable.pipeThrough(note).pipeTo(writable);
    };
  };
  const worker = new Worker(URL.createObjectURL(new Blob(["(" + inWorker + ")()"])));
  worker.onmessage = ({ data }) => globalThis.wholeFrames.push(data);
  globalThis.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...settings) {
      super(...settings);
      this.addEventListener("track", ({ track, receiver }) => {
        if (track.kind === "video") receiver.transform = new RTCRtpScriptTransform(worker);
      });
    }
  };`;

/** Sequence numbers of each frame, by its RTP timestamp. */
type Frames = Map<number, Set<number>>;

/** What the clients send, by SSRC. SRTP leaves the headers in the clear. */
class SentFrames {
  #streams = new Map<number, Frames>();

  note(packet: Buffer): void {
    const isRtp = packet.length > 12 && packet[0] >> 6 === 2 && (packet[1] & 0x60) !== 0x40;
    if (!isRtp) return;
    const frames = this.of(packet.readUInt32BE(8));
    const timestamp = packet.readUInt32BE(4);
    const numbers = frames.get(timestamp) ?? new Set();
    frames.set(timestamp, numbers.add(packet.readUInt16BE(2)));
  }

  of(ssrc: number): Frames {
    const frames = this.#streams.get(ssrc) ?? new Map();
    this.#streams.set(ssrc, frames);
    return frames;
  }
}

function countPackets(frames: Frames, wanted: (timestamp: number) => boolean = () => true): number {
  return [...frames].reduce((sum, [at, numbers]) => sum + (wanted(at) ? numbers.size : 0), 0);
}

describe("over a bad network", () => {
  let server: ConferenceServer;
  let browser: Browser;
  let relay: Relay | undefined;

  before(async () => {
    server = await ConferenceServer.start();
    browser = await launchBrowser();
  });

  after(async () => {
    await browser?.close();
    await server?.stop();
    relay?.close();
  });

  /** Opens a page whose media goes through the relay: it changes the port that the server names. */
  async function enter(name: string): Promise<Page> {
    const page = await (await browser.newContext()).newPage();
    await page.addInitScript(noteWholeFrames);
    await page.routeWebSocket(/\/signalling$/, (socket) => {
      const upstream = socket.connectToServer();
      upstream.onMessage(async (message) => {
        const answer = JSON.parse(String(message));
        const udp = answer.data?.iceCandidates?.find(
          ({ protocol }: { protocol: string }) => protocol === "udp",
        );
        if (udp) {
          relay ??= await Relay.start(udp.port, { ...perfect, delayMs: 12.5 }, 7);
          answer.data.iceCandidates = [{ ...udp, port: relay.port }];
        }
        socket.send(JSON.stringify(answer));
      });
    });
    await openPage(page, server.url, {
      name,
      room: "loss",
      query: { width: "640", height: "360" },
    });
    return page;
  }

  test("at 5 % loss on both legs 99.9 % of the packets arrive", async () => {
    const pages = [await enter("Ada"), await enter("Ben")];
    for (const page of pages) {
      await receives(page, "video", (rows) => rows.some(({ framesDecoded }) => framesDecoded > 10));
      await page.waitForFunction("wholeFrames.length > 0");
    }
    assert.ok(relay);
    const sent = new SentFrames();
    const [fromAda, fromBen] = await Promise.all(
      pages.map(async (page) => sent.of(await videoSsrcOf(page))),
    );
    relay.onClientPacket = (packet) => sent.note(packet);
    relay.link = { ...relay.link, loss: 0.05, reorder: 0.01, reorderMs: 15 };
    await waitFor(
      () => Promise.resolve(Math.min(countPackets(fromAda), countPackets(fromBen))),
      packetsMin,
      300,
    );
    relay.onClientPacket = undefined;
    relay.link = { ...relay.link, loss: 0 }; // Let the last repairs land.
    const delivered = await Promise.all([
      waitFor(() => deliveredTo(pages[1], fromAda), deliveredMin, 60),
      waitFor(() => deliveredTo(pages[0], fromBen), deliveredMin, 60),
    ]);
    assert.ok(Math.min(...delivered) >= deliveredMin, `delivered: ${delivered}`);
    // Some of it was lost on either leg, or nothing has been shown.
    assert.ok(relay.dropped > 4 * packetsMin * 0.05, `lost on the way: ${relay.dropped}`);
  });
});

function videoSsrcOf(page: Page): Promise<number> {
  return page.evaluate(() =>
    globalThis.conference!.call.producers.get("camera")!.rtpParameters.encodings[0].ssrc
  );
}

/** The share of the packets that belong to frames of which every packet has arrived, of 1. */
async function deliveredTo(page: Page, sent: Frames): Promise<number> {
  const whole = new Set(await page.evaluate("wholeFrames") as number[]);
  return countPackets(sent, (timestamp) => whole.has(timestamp)) / countPackets(sent);
}

/** Measures until it is enough or the time is over. @returns The last measure. */
async function waitFor(
  measure: () => Promise<number>,
  enough: number,
  seconds: number,
): Promise<number> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const value = await measure();
    if (value >= enough || performance.now() > deadline) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

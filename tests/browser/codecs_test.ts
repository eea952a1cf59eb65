/** Two pages see and hear each other: every codec, over UDP and over TCP. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Browser } from "playwright-core";
import { ConferenceServer } from "../support/conference.ts";
import { join, launchBrowser, type Received, receives } from "../support/pages.ts";

const width = 640;
const height = 360;

describe("two pages see and hear each other", () => {
  let server: ConferenceServer;
  let browser: Browser;

  before(async () => {
    server = await ConferenceServer.start();
    browser = await launchBrowser();
  });

  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  for (const codec of ["vp8", "vp9", "h264", "av1"]) {
    for (const protocol of ["udp", "tcp"]) {
      test(`with ${codec} over ${protocol}`, async () => {
        const query = {
          codec,
          width: `${width}`,
          height: `${height}`,
          ...(protocol === "tcp" ? { forceTcp: "" } : {}),
        };
        const room = `${codec}-${protocol}`;
        const contexts = [await browser.newContext(), await browser.newContext()];
        try {
          const [ada, ben] = await Promise.all([
            join(browser, server.url, { name: "Ada", room, query, context: contexts[0] }),
            join(browser, server.url, { name: "Ben", room, query, context: contexts[1] }),
          ]);
          for (const page of [ada, ben]) {
            const rows = await receives(page, "video and audio", arrived);
            const video = rows.find(({ kind }) => kind === "video")!;
            assert.equal(video.codec.toLowerCase(), `video/${codec}`);
            assert.equal(video.protocol, protocol);
            assert.equal(rows.find(({ kind }) => kind === "audio")!.codec, "audio/opus");
          }
        } finally {
          for (const context of contexts) await context.close();
        }
      });
    }
  }
});

/** A browser may begin with a smaller picture while it measures the bandwidth. */
function arrived(rows: Received[]): boolean {
  const video = rows.find(({ kind }) => kind === "video");
  const audio = rows.find(({ kind }) => kind === "audio");
  return video !== undefined && audio !== undefined && audio.packets > 50 &&
    video.protocol !== "" &&
    video.framesDecoded > 20 && video.width === width && video.height === height;
}

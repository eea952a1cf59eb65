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

  test("a camera in H264 and a screen in VP8 from one page", async () => {
    const query = { codec: "h264", screenCodec: "vp8" };
    const contexts = [await browser.newContext(), await browser.newContext()];
    try {
      const [ada, ben] = await Promise.all([
        join(browser, server.url, { name: "Ada", room: "two", query, context: contexts[0] }),
        join(browser, server.url, { name: "Ben", room: "two", context: contexts[1] }),
      ]);
      await ada.evaluate(shareDrawing);
      const of = (rows: Received[], source: string): Received | undefined =>
        rows.find((row) => row.source === source);
      const rows = await receives(
        ben,
        "camera and screen",
        (rows) =>
          ["camera", "screen"].every((source) => (of(rows, source)?.framesDecoded ?? 0) > 20),
      );
      assert.equal(of(rows, "camera")!.codec.toLowerCase(), "video/h264");
      assert.equal(of(rows, "screen")!.codec.toLowerCase(), "video/vp8");
    } finally {
      for (const context of contexts) await context.close();
    }
  });
});

/** For the page: sends a drawing that changes all the time as the screen. */
const shareDrawing = `{
  const canvas = document.createElement("canvas");
  const drawing = canvas.getContext("2d");
  let step = 0;
  setInterval(() => {
    drawing.fillStyle = "hsl(" + (++step * 7 % 360) + " 80% 50%)";
    drawing.fillRect(step % canvas.width, 0, 40, canvas.height);
  }, 50);
  conference.call.addTrack("screen", canvas.captureStream(20).getVideoTracks()[0]);
}`;

/** A browser may begin with a smaller picture while it measures the bandwidth. */
function arrived(rows: Received[]): boolean {
  const video = rows.find(({ kind }) => kind === "video");
  const audio = rows.find(({ kind }) => kind === "audio");
  return video !== undefined && audio !== undefined && audio.packets > 50 &&
    video.protocol !== "" &&
    video.framesDecoded > 20 && video.width === width && video.height === height;
}

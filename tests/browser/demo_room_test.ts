/** The demo room as `make demo` opens it: the test pattern, two people, and a picture of it all. */
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { createServer } from "node:net";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { ConferenceServer } from "../support/conference.ts";
import { join, launchBrowser, receives } from "../support/pages.ts";

const screenshots = fileURLToPath(new URL("../../build/screenshots", import.meta.url));
const runtime = "Deno" in globalThis ? "deno" : "bun";

// Run in the page, hence text: the types of a page are not those of the tests.
const allTilesHaveFigures = `[...document.querySelectorAll(".tile-stats")].every((line) =>
  /^\\d+×\\d+ · \\d+ fps · .* lost · \\d+ ms$/.test(
    [...line.children].map((figure) => figure.textContent).join(" · ")))`;
const refuseDevices = `navigator.mediaDevices.getUserMedia = () =>
  Promise.reject(new DOMException("refused", "NotAllowedError"))`;

describe("the demo room", () => {
  let server: ConferenceServer;
  let browser: Browser;

  before(async () => {
    server = await ConferenceServer.start([]);
    browser = await launchBrowser();
    mkdirSync(screenshots, { recursive: true });
  });

  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  test("shows two people and the test pattern", async () => {
    const size = { viewport: { width: 1280, height: 800 } };
    const ada = await join(browser, server.url, {
      name: "Ada Lovelace",
      room: "demo",
      context: await browser.newContext({ ...size, colorScheme: "dark" }),
    });
    const phone = await join(browser, server.url, {
      name: "Grace Hopper",
      room: "demo",
      query: { codec: "h264" },
      context: await browser.newContext({
        viewport: { width: 390, height: 844 },
        colorScheme: "light",
      }),
    });
    for (const page of [ada, phone]) {
      await receives(
        page,
        "four streams",
        (rows) =>
          rows.length === 4 && rows.every(({ packets }) => packets > 50) &&
          rows.every(({ kind, framesDecoded }) => kind === "audio" || framesDecoded > 20),
      );
      assert.equal(await page.locator(".tile:not(.no-picture)").count(), 3);
      // The figures stand on every tile before the picture is taken.
      await page.waitForFunction(allTilesHaveFigures);
    }
    await ada.screenshot({ path: `${screenshots}/demo-room-${runtime}.png` });
    await phone.screenshot({ path: `${screenshots}/demo-room-phone-${runtime}.png` });
  });

  test("is open to a browser that refuses camera and microphone, and says so", async () => {
    const context = await browser.newContext();
    try {
      const page = await context.newPage();
      await page.addInitScript(refuseDevices);
      await page.goto(`${server.url}?room=demo&name=Shy&join`);
      await page.locator("#problem-bar").waitFor();
      assert.match(await page.locator("#problem-text").innerText(), /No camera and no microphone/);
      await receives(
        page,
        "the test pattern",
        (rows) =>
          rows.some(({ personId, framesDecoded }) =>
            personId === "test-pattern" && framesDecoded > 5
          ),
      );
    } finally {
      await context.close();
    }
  });

  test("does not start on a port that is taken, and says what to do", async () => {
    const occupied = createServer();
    const port = await new Promise<number>((resolve) =>
      occupied.listen(0, "127.0.0.1", () => resolve((occupied.address() as { port: number }).port))
    );
    try {
      await assert.rejects(
        ConferenceServer.start(["--port", `${port}`]),
        /the server ended/,
      );
    } finally {
      occupied.close();
    }
  });
});

/** Two pages over a bad network: what is lost is asked for again, on both legs. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { ConferenceServer } from "../support/conference.ts";
import { launchBrowser, openPage, received, receives } from "../support/pages.ts";
import { perfect, Relay } from "../support/relay.ts";

/** What a receiver must get, of 1. */
const deliveredMin = 0.999;
const packetsMin = 3000;

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

  /** Opens a page whose media goes through the relay: it changes the ports that the server names. */
  async function enter(name: string, query: Record<string, string>): Promise<Page> {
    const page = await (await browser.newContext()).newPage();
    await page.routeWebSocket(/\/signalling$/, (socket) => {
      const upstream = socket.connectToServer();
      upstream.onMessage(async (message) => {
        const answer = JSON.parse(String(message));
        const candidates: { port: number }[] = answer.data?.iceCandidates ?? [];
        for (const candidate of candidates) {
          relay ??= await Relay.start(candidate.port, { ...perfect, delayMs: 12.5 }, 7);
          candidate.port = relay.port;
        }
        if (answer.data?.iceCandidates) {
          answer.data.iceCandidates = answer.data.iceCandidates.filter(
            ({ protocol }: { protocol: string }) => protocol === "udp",
          );
        }
        socket.send(JSON.stringify(answer));
      });
    });
    await openPage(page, server.url, { name, room: "loss", query });
    return page;
  }

  test("at 5 % loss on both legs 99.9 % of the packets arrive", async () => {
    await enter("Ada", { width: "640", height: "360" });
    const ben = await enter("Ben", { viewer: "" });
    const flowing = await receives(
      ben,
      "video",
      (rows) => rows.some(({ framesDecoded }) => framesDecoded > 10),
    );
    assert.ok(relay);
    const before = videoOf(flowing);
    relay.link = { ...relay.link, loss: 0.05, reorder: 0.01, reorderMs: 15 };
    const enough = (rows: typeof flowing): boolean =>
      videoOf(rows).packets - before.packets > packetsMin;
    await receives(ben, `${packetsMin} packets of video`, enough, 90);
    relay.link = { ...relay.link, loss: 0 }; // Let the last repairs land.
    await receives(ben, "the missing packets", (rows) => delivered(rows) >= deliveredMin, 5);
    const after = videoOf(await received(ben));
    assert.ok(relay.dropped > packetsMin * 0.05, `${relay.dropped} packets were lost on the way`);
    assert.ok(after.framesDecoded > before.framesDecoded + 100);
  });
});

type Row = Awaited<ReturnType<typeof received>>[number];

function videoOf(rows: Row[]): Row {
  const row = rows.find(({ kind }) => kind === "video");
  assert.ok(row, "there is video");
  return row;
}

function delivered(rows: Row[]): number {
  const { packets, packetsLost } = videoOf(rows);
  return packets / (packets + Math.max(0, packetsLost));
}

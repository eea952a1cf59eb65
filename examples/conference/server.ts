/**
 * The conference server: a page, a WebSocket for signalling, and media forwarded by Sluice.
 * Runs on Deno and on Bun: `make demo`, `RUNTIME=bun make demo`.
 */
import { readFile } from "node:fs/promises";
import process from "node:process";
import { bundleClient } from "./bundle.ts";
import { Conference } from "./conference.ts";
import { page } from "./page.ts";
import { helpText, type Options, parseOptions } from "./options.ts";
import { Report } from "./report.ts";
import { type Listener, serve } from "./serve.ts";
import { messageBytesMax } from "./signalling.ts";
import { TestPattern } from "./test_pattern.ts";

async function listen(options: Options, conference: Conference): Promise<Listener> {
  const { host, port, certificateFile, keyFile } = options;
  const app = page();
  try {
    return await serve({
      host,
      port,
      tls: certificateFile && keyFile
        ? { cert: await readFile(certificateFile, "utf8"), key: await readFile(keyFile, "utf8") }
        : undefined,
      messageBytesMax,
      socketPath: "/signalling",
      fetch: (request) => app.fetch(request),
      onSocket: (socket) => conference.connect(socket),
    });
  } catch (error) {
    const { code, name } = error as { code?: string; name?: string };
    if (code !== "EADDRINUSE" && name !== "AddrInUse") throw error;
    throw new Error(
      `Port ${port} on ${host} is taken: stop what uses it, or choose another with --port.`,
    );
  }
}

function printAddress({ host, certificateFile, announcedAddress }: Options, port: number): void {
  const scheme = certificateFile ? "https" : "http";
  const everywhere = host === "0.0.0.0" || host === "::";
  const local = everywhere || host === "127.0.0.1" || host === "::1";
  console.log(`\nThe conference is at ${scheme}://${local ? "localhost" : host}:${port}/`);
  if (everywhere) console.log(`and for others at ${scheme}://${announcedAddress}:${port}/`);
  if (!certificateFile && host !== "127.0.0.1" && host !== "localhost") {
    console.log(
      "Browsers give camera and microphone only to https pages and to localhost:\n" +
        "for other devices start it with --cert and --key.",
    );
  }
  console.log("Ctrl-C stops it.\n");
}

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  if (!options) return console.log(helpText);
  await bundleClient();
  const conference = await Conference.create(options);
  let listener: Listener;
  try {
    listener = await listen(options, conference);
  } catch (error) {
    conference.close();
    throw error;
  }
  const pattern = options.testPattern
    ? await TestPattern.start(await conference.enter("demo"))
    : undefined;
  printAddress(options, listener.port);

  const report = new Report();
  const timer = options.statsSeconds > 0
    ? setInterval(
      async () => console.log(await conference.report(report)),
      options.statsSeconds * 1000,
    )
    : undefined;

  let stopping = false;
  async function stop(): Promise<void> {
    if (stopping) process.exit(1); // The second signal ends the process at once.
    stopping = true;
    clearInterval(timer);
    pattern?.stop();
    await listener.stop();
    conference.close();
    process.exit(0);
  }
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
}

main().catch((error) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});

/** The command line of the conference server. */
import { networkInterfaces } from "node:os";
import { parseArgs } from "node:util";

export interface Options {
  host: string;
  port: number;
  /** UDP and TCP port of all media; 0 picks a free one. */
  mediaPort: number;
  /** The address that browsers send media to. */
  announcedAddress: string;
  certificateFile?: string;
  keyFile?: string;
  /** Engine threads; a room may use all of them. */
  workers: number;
  testPattern: boolean;
  statsSeconds: number;
}

export const helpText = `A video conference on Sluice.

Usage: make demo ARGS="[flags]"        (RUNTIME=bun make demo runs it on Bun)

  --host ADDRESS               address of the page and the signalling (127.0.0.1)
  --port NUMBER                their port; 0 picks a free one (3000)
  --media-port NUMBER          UDP and TCP port of all media; 0 picks a free one (40000)
  --announced-address ADDRESS  where browsers send media to (the host's, or this machine's
                               first address when --host is 0.0.0.0)
  --cert FILE --key FILE       PEM files: serve https and wss. Browsers give camera and
                               microphone only to https pages and to localhost
  --workers NUMBER             engine threads, which share the media port; a room may use all
                               of them (1)
  --no-test-pattern            do not let ffmpeg publish a test pattern into room "demo"
  --stats-seconds NUMBER       how often to print what goes on; 0 is never (5)
  --help                       this text

Example, for other devices in the same network:
  make demo ARGS="--host 0.0.0.0 --cert cert.pem --key key.pem"
`;

/**
 * Parses the flags.
 *
 * @returns The options, or undefined if the flags ask for help.
 * @throws TypeError The text names the wrong flag.
 */
export function parseOptions(args: string[]): Options | undefined {
  const { values } = parseArgs({
    args,
    options: {
      host: { type: "string", default: "127.0.0.1" },
      port: { type: "string", default: "3000" },
      "media-port": { type: "string", default: "40000" },
      "announced-address": { type: "string" },
      cert: { type: "string" },
      key: { type: "string" },
      workers: { type: "string", default: "1" },
      "no-test-pattern": { type: "boolean", default: false },
      "stats-seconds": { type: "string", default: "5" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return undefined;
  if ((values.cert === undefined) !== (values.key === undefined)) {
    throw new TypeError("--cert and --key belong together");
  }
  return {
    host: values.host,
    port: parseNumber("--port", values.port, 65535),
    mediaPort: parseNumber("--media-port", values["media-port"], 65535),
    announcedAddress: values["announced-address"] ?? defaultAddress(values.host),
    certificateFile: values.cert,
    keyFile: values.key,
    workers: parseNumber("--workers", values.workers, 64, 1),
    testPattern: !values["no-test-pattern"],
    statsSeconds: parseNumber("--stats-seconds", values["stats-seconds"], 3600),
  };
}

function parseNumber(flag: string, text: string, max: number, min = 0): number {
  const value = Number(text);
  if (text === "" || !Number.isInteger(value) || value < min || value > max) {
    throw new TypeError(`${flag} must be a whole number from ${min} to ${max}, not "${text}"`);
  }
  return value;
}

function defaultAddress(host: string): string {
  if (host === "localhost") return "127.0.0.1";
  if (host !== "0.0.0.0" && host !== "::") return host;
  for (const addresses of Object.values(networkInterfaces())) {
    for (const { address, family, internal } of addresses ?? []) {
      if (family === "IPv4" && !internal) return address;
    }
  }
  return "127.0.0.1";
}

/** What the room bench measures, and the words of its command line. */
import { parseArgs } from "node:util";

/** Sources and receivers of one run. Every receiver has a transport of its own. */
export interface Scenario {
  name: string;
  kind: "audio" | "video";
  /** 1: one sender and `receivers`. More: a room in which each hears all others. */
  sources: number;
  receivers: number;
  /** Of a whole RTP packet, before SRTP. */
  packetBytes: number;
  framePackets: number;
  framesPerSecond: number;
}

export interface RoomOptions {
  scenarios: Scenario[];
  seconds: number;
  /** Before memory is compared and before CPU is measured: histories and pools fill in seconds. */
  settleSeconds: number;
  /** The module with the API, as an URL or a path from the current folder. */
  api: string;
  /** A port for all transports (WebRtcServer), or one for each. */
  sockets: "own" | "shared";
  /** Let the client receive in groups. */
  gro: boolean;
  client: string;
  /** How often what has a floor is measured; the round with the median distance to it counts. */
  rounds: number;
  /** The floor bench, to be run before and after each round of fan-out and room-audio; empty for none. */
  floor: string;
  json?: string;
}

const video = { kind: "video", packetBytes: 1100, framePackets: 6 } as const;
const audio = { kind: "audio", packetBytes: 100, framePackets: 1 } as const;
const room = { sources: 16, receivers: 16 };

const help = `room.ts [--scenario NAME] [--consumers N,...] [--seconds N] [--json FILE] ...

Loads a server with WebRTC endpoints and measures CPU per forwarded packet, delivery, delay, memory
and control calls. Runs on Deno (run -A) and on Bun; each scenario in a process of its own.

  --scenario NAME   fan-out     1 video producer, 30 frames/s x 6 packets x 1100 bytes,
                                to each of --consumers
                    room-video  16 people x 15 consumers, 15 frames/s x 6 packets x 1100 bytes
                    room-audio  16 people x 15 consumers, 50 packets/s x 100 bytes
                    all of them when not said; may be repeated
  --consumers LIST  of fan-out (100,300,1000)
  --seconds N       measured in each scenario (10)
  --settle N        seconds of media before anything is compared, three times (3)
  --api MODULE      another module with mediasoup's API (../mod.ts)
  --sockets KIND    "shared": one WebRtcServer (default), or "own": a port a transport
  --gro             the client receives in groups, as the kernel can hand over (UDP_GRO)
  --client PROGRAM  the load client (build/release/load_client)
  --rounds N        of each fan-out and of room-audio (3); the one with the median distance to the
                    floor counts
  --floor PROGRAM   the floor bench, run before and after each of those rounds
                    (build/release/bench_floor); "" leaves it out, and all rounds but one
  --json FILE       also writes all results there
  --help
`;

/** @throws TypeError An argument is wrong. @returns undefined when help was asked for and given. */
export function readOptions(args: string[]): RoomOptions | undefined {
  const { values } = parseArgs({
    args,
    options: {
      scenario: { type: "string", multiple: true },
      consumers: { type: "string", default: "100,300,1000" },
      seconds: { type: "string", default: "10" },
      settle: { type: "string", default: "3" },
      api: { type: "string", default: new URL("../../mod.ts", import.meta.url).href },
      sockets: { type: "string", default: "shared" },
      gro: { type: "boolean", default: false },
      rounds: { type: "string", default: "3" },
      client: { type: "string", default: "build/release/load_client" },
      floor: { type: "string", default: "build/release/bench_floor" },
      json: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(help);
    return undefined;
  }
  const { sockets } = values;
  if (sockets !== "own" && sockets !== "shared") throw new TypeError("--sockets is own or shared");
  return {
    scenarios: toScenarios(values.scenario, toNumbers(values.consumers, "--consumers")),
    seconds: toNumbers(values.seconds, "--seconds")[0],
    settleSeconds: toNumbers(values.settle, "--settle")[0],
    api: values.api,
    sockets,
    gro: values.gro,
    rounds: toNumbers(values.rounds, "--rounds")[0],
    client: values.client,
    floor: values.floor,
    json: values.json,
  };
}

function toNumbers(text: string, name: string): number[] {
  const numbers = text.split(",").map(Number);
  if (numbers.some((number) => !Number.isInteger(number) || number < 1 || number > 20000)) {
    throw new TypeError(`${name} must be whole numbers from 1 to 20000`);
  }
  return numbers;
}

function toScenarios(names: string[] | undefined, consumers: number[]): Scenario[] {
  return (names ?? ["fan-out", "room-video", "room-audio"]).flatMap((name): Scenario[] => {
    switch (name) {
      case "fan-out":
        return consumers.map((receivers) => ({
          name: `fan-out ${receivers}`,
          ...video,
          framesPerSecond: 30,
          sources: 1,
          receivers,
        }));
      case "room-video":
        return [{ name, ...video, framesPerSecond: 15, ...room }];
      case "room-audio":
        return [{ name, ...audio, framesPerSecond: 50, ...room }];
    }
    throw new TypeError(`--scenario: there is no "${name}"`);
  });
}

/**
 * The control bench: how long the calls of the API take, on an idle server. Runs on Deno (run -A) and
 * on Bun; docs/performance.md says what the figures mean.
 */
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { EngineWorker, Method } from "../ffi/engine_worker.ts";
import { createWorker, getSupportedRtpCapabilities, type types } from "../mod.ts";
import { producerParameters } from "./room/endpoint_parameters.ts";
import { type Latency, runtimeName, Stopwatch } from "./room/measure.ts";

const help = `control.ts [--calls N] [--json FILE]

Measures p50 and p99 of control calls, in microseconds, after as many calls to warm up.
  --calls N    of each (2000)
  --json FILE  also writes [{runtime, call, calls, p50Us, p99Us}] there
`;

const listenInfos: types.TransportListenInfo[] = [{ protocol: "udp", ip: "127.0.0.1" }];
const opus = { kind: "audio", mimeType: "audio/opus", clockRate: 48000, channels: 2 } as const;
const vp8 = { kind: "video", mimeType: "video/VP8", clockRate: 90000 } as const;

/** A line of the results. */
export type ControlRow = Latency & { runtime: string; call: string };

/** One kind of call. */
interface Case {
  name: string;
  /** Makes one of what is measured. */
  call: () => Promise<{ close(): void } | void>;
}

/** Times `calls` calls; what each made is closed before the next. */
async function measure({ call }: Case, calls: number): Promise<Latency> {
  let watch = new Stopwatch();
  for (let i = 0; i < 2 * calls; ++i) {
    if (i === calls) watch = new Stopwatch(); // Until here it was to warm up.
    const made = await watch.time(call);
    made?.close();
  }
  return watch.latency();
}

async function casesOf(worker: types.Worker, engine: EngineWorker): Promise<Case[]> {
  const webRtcServer = await worker.createWebRtcServer({ listenInfos });
  const router = await worker.createRouter({ mediaCodecs: [opus, vp8] });
  const everything = await worker.createRouter({ mediaCodecs: allCodecs() });
  return [
    {
      name: "bare round trip",
      call: async () => void engine.call(Method.WORKER_PING, 0),
    },
    {
      name: "createWebRtcTransport, WebRtcServer",
      call: () => router.createWebRtcTransport({ webRtcServer }),
    },
    {
      name: "createWebRtcTransport, own socket",
      call: () => router.createWebRtcTransport({ listenInfos }),
    },
    await consumeCase("consume, Opus", router, webRtcServer, "audio"),
    await consumeCase("consume, VP8", router, webRtcServer, "video"),
    await consumeCase("consume, VP8, all codecs", everything, webRtcServer, "video"),
  ];
}

async function consumeCase(
  name: string,
  router: types.Router,
  webRtcServer: types.WebRtcServer,
  kind: "audio" | "video",
): Promise<Case> {
  const sender = await router.createWebRtcTransport({ webRtcServer });
  const receiver = await router.createWebRtcTransport({ webRtcServer });
  const rtpParameters = producerParameters(kind, 0);
  const { id: producerId } = await sender.produce({ kind, rtpParameters });
  const { rtpCapabilities } = router;
  return { name, call: () => receiver.consume({ producerId, rtpCapabilities }) };
}

/** Each codec that the module supports; of comfort noise one, for all of it has one payload type. */
function allCodecs(): types.RouterRtpCodecCapability[] {
  const codecs = getSupportedRtpCapabilities().codecs ?? [];
  return codecs.filter(({ mimeType, clockRate }) =>
    !mimeType.endsWith("/rtx") && !(mimeType === "audio/CN" && clockRate !== 8000)
  );
}

async function run(calls: number): Promise<ControlRow[]> {
  const worker = await createWorker();
  const engine = EngineWorker.create();
  try {
    const rows = [];
    for (const each of await casesOf(worker, engine)) {
      const latency = await measure(each, calls);
      rows.push({ runtime: runtimeName(), call: each.name, ...latency });
      const { p50Us, p99Us } = latency;
      console.log(
        `${each.name.padEnd(38)} ${p50Us.toFixed(1).padStart(8)} ${p99Us.toFixed(1).padStart(8)}`,
      );
    }
    return rows;
  } finally {
    engine.close();
    worker.close();
  }
}

const { values } = parseArgs({
  options: {
    calls: { type: "string", default: "2000" },
    json: { type: "string" },
    help: { type: "boolean", default: false },
  },
});
const calls = Number(values.calls);
if (values.help) {
  console.log(help);
} else if (!Number.isInteger(calls) || calls < 1) {
  throw new TypeError("--calls must be a whole number, 1 or more");
} else {
  console.log(`${runtimeName().padEnd(38)}   p50 us   p99 us`);
  const rows = await run(calls);
  if (values.json) await writeFile(values.json, JSON.stringify(rows, null, 2));
}

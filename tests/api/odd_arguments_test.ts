import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import * as sluice from "../../mod.ts";
import { EngineError, EngineWorker, Status } from "../../ffi/engine_worker.ts";
import { type Subject, subjectsOf } from "./odd_arguments.ts";
import { CallersError, generator, oddValues, type Path, pathsOf, replace } from "./odd_values.ts";
import { withScene } from "./support.ts";

/** `SEED=n` repeats what a failure printed. */
const seed = Number(process.env.SEED ?? Date.now() % 2 ** 32);
const mutationsPerSubject = 300;
const mutationsAtOnce = 3;

const { NotFoundError, UnsupportedError } = sluice.errors;

/** What runtimes say when code stumbles over a value: nobody has looked at it before. */
const stumbled = new RegExp(
  [
    "not a function",
    "not iterable",
    "not an Object",
    "[Cc]annot (read propert|convert |destructure |set )",
    "(undefined|null) is",
    "reading '",
  ].join("|"),
);

/** What the texts call a field, or a list's entry, as mediasoup's do. */
const aliases: Record<string, string> = {
  codecs: "codec",
  encodings: "encoding",
  headerExtensions: "ext",
  mediaCodecs: "codec",
  uri: "Uri",
  rtcpFeedback: "fb",
  rtpCapabilities: "caps",
  rtpParameters: "params",
  consumableRtpParameters: "params",
  consumableParams: "params",
  remoteRtpCapabilities: "caps",
};

/** Errors that the engine found in requests: TypeScript should have found them first. */
const missed: string[] = [];
const { call } = EngineWorker.prototype;
EngineWorker.prototype.call = function (...args): unknown {
  try {
    return call.apply(this, args);
  } catch (error) {
    if (error instanceof EngineError && error.status === Status.ERR_INVALID) {
      missed.push(error.message);
    }
    throw error;
  }
};

/** What an error may name: the fields on the way, or any field when the whole argument was replaced. */
function namesIn(subject: Subject, changes: [Path, string][]): string[] {
  const paths = changes.map(([path]) => path);
  const whole = paths.some((path) => path.length === 0) ? pathsOf(subject.argument()) : [];
  return [...paths, ...whole].flat().filter((step) => typeof step === "string")
    .concat(subject.called);
}

/** What is wrong with this end of a call; undefined when it is as it should be. */
function complaint(error: unknown, names: string[]): string | undefined {
  if (missed.length > 0) return `left to the engine: ${missed.splice(0).join(", ")}`;
  if (error === undefined || error instanceof CallersError) return undefined;
  const text = String(error).slice(0, 200);
  if (error instanceof NotFoundError || error instanceof UnsupportedError) return undefined;
  // What the system refuses: an address that is not ours, a port that is taken.
  if (error instanceof Error && error.name === "Error") return undefined;
  if (!(error instanceof TypeError)) return `no TypeError: ${text}`;
  if (stumbled.test(text)) return `stumbled: ${text}`;
  if (text.includes("revoked")) return undefined;
  const named = names.some((name) => text.includes(name) || text.includes(aliases[name] ?? name));
  return named ? undefined : `names none of ${names}: ${text}`;
}

async function run(subject: Subject, changes: [Path, string][]): Promise<string | undefined> {
  let argument = subject.argument();
  for (const [path, odd] of changes) argument = replace(argument, path, oddValues[odd]());
  let error: unknown;
  try {
    await subject.call(argument);
  } catch (thrown) {
    error = thrown ?? new Error("nothing was thrown");
  }
  const complaints = complaint(error, namesIn(subject, changes));
  if (complaints === undefined) return undefined;
  const where = changes.map(([path, odd]) => `${path.join(".")} = ${odd}`).join("; ");
  return `${subject.name}: ${where}: ${complaints}`;
}

async function assertAlive({ worker, router }: Parameters<typeof subjectsOf>[0]): Promise<void> {
  assert.equal(worker.died, false);
  await router.dump();
  for (const subject of await subjectsOf({ worker, router, transport: await fresh(router) })) {
    assert.equal(await run(subject, []), undefined);
  }
}

function fresh(router: sluice.types.Router): Promise<sluice.types.WebRtcTransport> {
  return router.createWebRtcTransport({ listenInfos: [{ protocol: "udp", ip: "127.0.0.1" }] });
}

test(
  "an odd value in any one place is taken or refused by name",
  withScene(async (scene) => {
    const complaints: string[] = [];
    for (const subject of await subjectsOf(scene)) {
      for (const path of pathsOf(subject.argument())) {
        for (const odd of Object.keys(oddValues)) {
          const found = await run(subject, [[path, odd]]);
          if (found !== undefined) complaints.push(found);
        }
      }
    }
    assert.equal(complaints.join("\n"), "");
    await assertAlive(scene);
  }),
);

test(
  "several odd values at once are taken or refused",
  withScene(async (scene) => {
    const random = generator(seed);
    const oneOf = <T>(list: readonly T[]): T => list[random(list.length)];
    const complaints: string[] = [];
    for (const subject of await subjectsOf(scene)) {
      const paths = pathsOf(subject.argument());
      for (let i = 0; i < mutationsPerSubject; ++i) {
        const changes = Array.from({ length: 1 + random(mutationsAtOnce) }, (): [Path, string] => [
          oneOf(paths),
          oneOf(Object.keys(oddValues)),
        ]);
        const found = await run(subject, changes);
        if (found !== undefined) complaints.push(found);
      }
    }
    assert.equal(complaints.join("\n"), "", `SEED=${seed}`);
    await assertAlive(scene);
  }),
);

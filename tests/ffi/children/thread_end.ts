/**
 * Starts a thread that makes workers, and ends it in one of several ways. Prints what is left when
 * the thread's engine threads and sockets have gone; hangs when they do not go.
 */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { Worker as NodeWorker } from "node:worker_threads";

import { createWorker } from "../../../mod.ts";

const [kind, how] = process.argv.slice(2);
const program = new URL("thread_with_workers.ts", import.meta.url);

function engineThreads(): number {
  const isEngine = (id: string): boolean => {
    try {
      return readFileSync(`/proc/self/task/${id}/comm`, "utf8").startsWith("sluice-worker");
    } catch {
      return false; // It has ended since it was listed.
    }
  };
  return readdirSync("/proc/self/task").filter(isEngine).length;
}

/** The UDP and TCP sockets of this process that have a port. */
function boundSockets(): number {
  const tables = ["udp", "tcp"].map((name) => readFileSync(`/proc/self/net/${name}`, "utf8"));
  const bound = new Set(tables.join("").split("\n").map((line) => line.trim().split(/\s+/)[9]));
  const isBound = (fd: string): boolean => {
    try {
      const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[1];
      return inode !== undefined && bound.has(inode);
    } catch {
      return false;
    }
  };
  return readdirSync("/proc/self/fd").filter(isBound).length;
}

interface Thread {
  /** Resolves when it has made its workers. */
  readonly ready: Promise<void>;
  terminate(): void;
  finish(): void;
}

function startNodeThread(): Thread {
  const thread = new NodeWorker(program);
  return {
    ready: new Promise((resolve) => thread.once("message", () => resolve())),
    terminate: () => void thread.terminate(),
    finish: () => thread.postMessage("finish"),
  };
}

function startWebWorker(): Thread {
  const thread = new Worker(program, { type: "module" });
  return {
    ready: new Promise((resolve) => thread.onmessage = () => resolve()),
    terminate: () => thread.terminate(),
    finish: () => thread.postMessage("finish"),
  };
}

const mine = await createWorker();
const listenInfos = [{ protocol: "udp" as const, ip: "127.0.0.1" }];
const server = await mine.createWebRtcServer({ listenInfos });
const before = [engineThreads(), boundSockets()];

const thread = kind === "node" ? startNodeThread() : startWebWorker();
await thread.ready;
const during = [engineThreads(), boundSockets()];
if (how === "terminate") thread.terminate();
else thread.finish();
const left = (): number[] => [engineThreads(), boundSockets()];
while (String(left()) !== String(before)) await delay(10);

console.log(`before ${before}, during ${during}`);
console.log(`the main thread's worker: ${(await server.dump()).udpSockets.length} socket`);
mine.close();
process.exit(0);

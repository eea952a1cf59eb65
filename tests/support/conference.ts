/** Starts the conference server as a person would: its own process, on the runtime of the tests. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { fileURLToPath } from "node:url";

const server = fileURLToPath(new URL("../../examples/conference/server.ts", import.meta.url));

export class ConferenceServer {
  readonly url: string;
  #child: ChildProcess;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
  }

  /** Waits until it listens, on ports of its own choice. */
  static async start(flags: string[] = ["--no-test-pattern"]): Promise<ConferenceServer> {
    const child = spawn(process.execPath, [
      ...("Deno" in globalThis ? ["run", "-A", "--no-check"] : []),
      server,
      ...["--port", "0", "--media-port", "0", "--stats-seconds", "0"],
      ...flags,
    ], { stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    for await (const chunk of child.stdout!) {
      output += chunk;
      const address = /at (http:\S+)/.exec(output);
      if (!address) continue;
      child.stdout!.resume();
      return new ConferenceServer(child, address[1]);
    }
    throw new Error(`the server ended: ${output}`);
  }

  /** Stops it as Ctrl-C does. @returns Its exit code, null when a signal killed it. */
  async stop(): Promise<number | null> {
    if (this.#child.exitCode !== null) return this.#child.exitCode;
    const ended = once(this.#child, "exit");
    // Not by child.kill(): Deno would then report the signal instead of the exit code.
    process.kill(this.#child.pid!, "SIGINT");
    return (await ended)[0];
  }
}

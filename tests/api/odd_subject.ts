/** Calls of the API with arguments that are right and complete, for tests to spoil. */
import type { ProducerOptions } from "../../sfu/types.ts";
import { audioOptions } from "./support.ts";

/** One call. The argument may be changed and is made anew each time. */
export interface Subject {
  name: string;
  /** What errors call the argument as a whole. */
  called: string;
  argument: () => unknown;
  /** Calls the API, and undoes what it did. */
  call: (argument: unknown) => unknown;
}

interface Closable {
  close(): void;
}

/** Closes what a call makes. */
export const closing = async (made: Promise<unknown>): Promise<void> =>
  ((await made) as Closable).close();

/** Opus with every field that there is. */
export function fullAudio(): ProducerOptions {
  const options = audioOptions(77);
  options.rtpParameters.msid = "stream track";
  options.rtpParameters.headerExtensions?.forEach((it) =>
    Object.assign(it, {
      encrypt: false,
      parameters: { a: 1 },
    })
  );
  Object.assign(options.rtpParameters.encodings?.[0] ?? {}, {
    codecPayloadType: 111,
    scalabilityMode: "L1T1",
    maxBitrate: 1000,
    rid: "r",
  });
  options.rtpParameters.rtcp = { cname: "FOOBAR", reducedSize: true };
  return {
    ...options,
    id: "mine",
    paused: true,
    keyFrameRequestDelay: 10,
    enableMediasoupPacketIdHeaderExtension: false,
    appData: { a: 1 },
  };
}

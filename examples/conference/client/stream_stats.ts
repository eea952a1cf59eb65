/** Turns the counters of getStats() into the few figures that a tile shows. Pure functions. */

/** The counters at one moment. */
export interface Counters {
  atMs: number;
  bytes: number;
  packets: number;
  packetsLost: number;
  frames: number;
  width: number;
  height: number;
  codec: string;
  roundTripMs?: number;
}

type Entry = Record<string, unknown> & { type: string; id: string };

function numberOf(entry: Entry | undefined, key: string): number {
  const value = entry?.[key];
  return typeof value === "number" ? value : 0;
}

/**
 * Reads a report of one sender or receiver.
 *
 * @param entries  The values of an RTCStatsReport.
 */
export function readCounters(entries: Iterable<Entry>, atMs: number): Counters {
  const all = [...entries];
  const find = (type: string): Entry | undefined => all.find((entry) => entry.type === type);
  const stream = find("inbound-rtp") ?? find("outbound-rtp");
  const received = stream?.type === "inbound-rtp";
  const remote = find("remote-inbound-rtp");
  const pair = all.find((entry) => entry.type === "candidate-pair" && entry.nominated === true);
  const codec = all.find((entry) => entry.type === "codec" && entry.id === stream?.codecId);
  const roundTrip = numberOf(remote, "roundTripTime") || numberOf(pair, "currentRoundTripTime");
  return {
    atMs,
    bytes: numberOf(stream, received ? "bytesReceived" : "bytesSent"),
    packets: numberOf(stream, received ? "packetsReceived" : "packetsSent"),
    packetsLost: numberOf(received ? stream : remote, "packetsLost"),
    frames: numberOf(stream, received ? "framesDecoded" : "framesSent"),
    width: numberOf(stream, "frameWidth"),
    height: numberOf(stream, "frameHeight"),
    codec: typeof codec?.mimeType === "string" ? codec.mimeType.split("/")[1] : "",
    roundTripMs: roundTrip > 0 ? roundTrip * 1000 : undefined,
  };
}

/** One figure that a tile shows about its stream. */
export interface Figure {
  text: string;
  /** Whether it is left out on small tiles. */
  minor: boolean;
}

/** The figures between two readings. */
export function describe(before: Counters, now: Counters): Figure[] {
  const seconds = Math.max(0.001, (now.atMs - before.atMs) / 1000);
  const rate = Math.max(0, now.bytes - before.bytes) * 8 / seconds;
  const lost = Math.max(0, now.packetsLost - before.packetsLost);
  const expected = lost + Math.max(0, now.packets - before.packets);
  const figures: Figure[] = [];
  const add = (text: string, minor = false): void => void figures.push({ text, minor });
  if (now.width > 0) add(`${now.width}×${now.height}`);
  if (now.width > 0) add(`${Math.round((now.frames - before.frames) / seconds)} fps`, true);
  if (now.codec) add(now.codec, true);
  add(rate >= 1e6 ? `${(rate / 1e6).toFixed(1)} Mbit/s` : `${Math.round(rate / 1e3)} kbit/s`);
  add(`${(expected > 0 ? lost / expected * 100 : 0).toFixed(1)} % lost`);
  if (now.roundTripMs !== undefined) add(`${Math.round(now.roundTripMs)} ms`);
  return figures;
}

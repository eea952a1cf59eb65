/** Floods of strangers against a call of two real endpoints: it goes on, and all is counted. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import * as dgram from "node:dgram";
import { once } from "node:events";
import * as net from "node:net";
import { after, test } from "node:test";
import type { WebRtcTransport, Worker } from "../../sfu/types.ts";
import { withCall } from "./call.ts";
import { endPeers } from "./peer.ts";
import { bindingRequest, errorCode } from "./stun.ts";
import { tcpInfo, udpInfo, withScene } from "./support.ts";

after(endPeers);

/** Rounds of a flood; after each a packet must get through. */
const rounds = 20;
const datagramsARound = 200;

interface Target {
  worker: Worker;
  transport: WebRtcTransport;
  udpPort: number;
  tcpPort: number;
  /** Sends from a stranger's port; resolves when all of it has left. */
  send(datagrams: Buffer[]): Promise<void>;
  /** What the stranger was answered. */
  answers: Buffer[];
  say(packets: number): Promise<unknown>;
  dropped(reason: string): Promise<number>;
}

/** Runs with a call over the sockets of a WebRtcServer, and a stranger who knows where they are. */
function withTarget(run: (target: Target) => Promise<void>): () => Promise<void> {
  return withScene(async ({ worker, router }) => {
    const webRtcServer = await worker.createWebRtcServer({ listenInfos: [udpInfo, tcpInfo] });
    const transport = await router.createWebRtcTransport({ webRtcServer });
    const receiver = await router.createWebRtcTransport({ webRtcServer });
    const { udpSockets, tcpServers } = await webRtcServer.dump();
    const stranger = dgram.createSocket("udp4");
    const answers: Buffer[] = [];
    stranger.on("message", (answer) => answers.push(answer));
    const counters = async () => (await worker.dump()).counters;
    const udpPort = udpSockets[0].port;
    try {
      await withCall(transport, receiver, async ({ say }) => {
        await say(5);
        const before = await counters();
        await run({
          worker,
          transport,
          udpPort,
          tcpPort: tcpServers[0].port,
          send: async (datagrams) => {
            await Promise.all(
              datagrams.map((it) =>
                new Promise((sent) => stranger.send(it, udpPort, "127.0.0.1", sent))
              ),
            );
          },
          answers,
          say,
          dropped: async (reason) =>
            (await counters())[`drop_${reason}`] - before[`drop_${reason}`],
        });
        await say(5);
        for (const each of [transport, receiver]) {
          assert.equal(each.iceState, "completed");
          assert.equal(each.dtlsState, "connected");
        }
        const { packet_slots: slots } = await counters();
        assert.equal(slots, before.packet_slots, "the flood is not kept");
      });
    } finally {
      stranger.close();
    }
  });
}

/** Runs `make` for each datagram of each round, with a packet of the call in between. */
async function flood({ send, say }: Target, make: (n: number) => Buffer): Promise<void> {
  for (let round = 0; round < rounds; ++round) {
    await send(Array.from({ length: datagramsARound }, (_, n) => make(n)));
    await say(1);
  }
}

test(
  "garbage that looks like every protocol costs a call nothing",
  withTarget(async (target) => {
    const firstBytes = [0, 1, 20, 22, 23, 63, 70, 128, 144, 191, 200, 255];
    await flood(target, (n) => {
      const bytes = randomBytes(1 + (n * 7) % 1400);
      bytes[0] = firstBytes[n % firstBytes.length];
      return bytes;
    });
    assert(await target.dropped("unknown_class") > 0);
    assert(await target.dropped("unknown_path") > 0);
    assert(await target.dropped("stun_malformed") > 0);
    assert.deepEqual(target.answers, []);
  }),
);

test(
  "checks with wrong credentials are answered by no more than they are, and change nothing",
  withTarget(async (target) => {
    const { usernameFragment } = target.transport.iceParameters;
    const requests = [
      bindingRequest(usernameFragment, "a password of nobody"),
      bindingRequest("a fragment of nobody", "a password of nobody"),
    ];
    await flood(target, (n) => requests[n % 2]);
    assert(await target.dropped("stun_refused") > 0);
    assert(await target.dropped("stun_unknown_user") > 0);
    assert(target.answers.length > 0);
    for (const answer of target.answers) {
      assert.equal(errorCode(answer), 401);
      assert(answer.length <= requests[0].length, `${answer.length} bytes`);
    }
  }),
);

test(
  "DTLS from a path that ICE has not validated gets no answer",
  withTarget(async (target) => {
    // The header of a record and of a ClientHello (RFC 6347, 4.1 and 4.2.2), and a body.
    const hello = Buffer.concat([
      Buffer.from([22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 212]),
      Buffer.from([1, 0, 0, 200, 0, 0, 0, 0, 0, 0, 0, 200]),
      randomBytes(200),
    ]);
    await flood(target, () => hello);
    assert.equal(await target.dropped("dtls_invalid"), 0);
    assert(await target.dropped("unknown_path") > 0);
    assert.deepEqual(target.answers, []);
  }),
);

test(
  "TCP connections that prove nothing make room for newer ones",
  withTarget(async (target) => {
    const pieces = [[], [0], [0, 100, 1, 2, 3], [0xff, 0xff, 1], [0, 0], [0, 3, 22, 0xfe, 0xfd]];
    const connections: net.Socket[] = [];
    try {
      for (let n = 0; n < 300; ++n) {
        const connection = net.connect(target.tcpPort, "127.0.0.1");
        connection.on("error", () => {});
        connections.push(connection);
        await once(connection, "connect");
        connection.write(Uint8Array.from(pieces[n % pieces.length]));
        if (n % 20 === 0) await target.say(1);
      }
      if (!connections[0].closed) await once(connections[0].resume(), "close");
      let { counters } = await target.worker.dump();
      while (counters.tcp_accepted < 300) ({ counters } = await target.worker.dump());
      assert.equal(counters.tcp_half_open_evicted, 300 - 256);
    } finally {
      for (const connection of connections) connection.destroy();
    }
  }),
);

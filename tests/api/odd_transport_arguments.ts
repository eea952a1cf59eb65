/** Calls that make transports and connect them, for tests to spoil. */
import type { PlainTransportOptions, Router, TransportListenInfo } from "../../sfu/types.ts";
import { closing, type Subject } from "./odd_subject.ts";
import { type Scene, sha256, udpInfo, wrong } from "./support.ts";

export const fullInfo = (protocol: "udp" | "tcp"): TransportListenInfo => ({
  protocol,
  ip: "127.0.0.1",
  announcedAddress: "example.org",
  announcedIp: "9.9.9.9",
  exposeInternalIp: true,
  port: 0,
  portRange: { min: 43000, max: 43999 },
  flags: { ipv6Only: false, udpReusePort: false },
  sendBufferSize: 0,
  recvBufferSize: 0,
});

const srtpParameters = (): object => ({
  cryptoSuite: "AES_CM_128_HMAC_SHA1_80",
  keyBase64: "A".repeat(40),
});

const webRtc = (): object => ({
  enableUdp: true,
  enableTcp: true,
  preferUdp: false,
  preferTcp: true,
  iceConsentTimeout: 30,
  initialAvailableOutgoingBitrate: 600_000,
  enableSctp: false,
  maxSendMessageSize: 1000,
  maxReceiveMessageSize: 1000,
  sctpSendBufferSize: 1000,
  sctpPerStreamSendQueueLimit: 1000,
  sctpMaxReceiverWindowBufferSize: 1000,
  sctpDefaultStreamBufferedAmountLowThreshold: 1000,
  appData: { a: 1 },
});
const plain = (): object => ({
  rtcpMux: false,
  comedia: false,
  enableSrtp: true,
  srtpCryptoSuite: "AEAD_AES_128_GCM",
  enableSctp: false,
  appData: { a: 1 },
});

export async function transportSubjects({ worker, router }: Scene): Promise<Subject[]> {
  const webRtcServer = await worker.createWebRtcServer({ listenInfos: [udpInfo] });
  const createWebRtc = (options: unknown): Promise<void> =>
    closing(router.createWebRtcTransport(wrong(options)));
  return [
    {
      name: "router.createWebRtcTransport(listenInfos)",
      called: "options",
      argument: () => ({ ...webRtc(), listenInfos: [fullInfo("udp"), fullInfo("tcp")] }),
      call: createWebRtc,
    },
    {
      name: "router.createWebRtcTransport(listenIps)",
      called: "options",
      argument: () => ({
        ...webRtc(),
        listenIps: [{ ip: "127.0.0.1", announcedIp: "9.9.9.9" }, "127.0.0.1"],
        port: 0,
      }),
      call: createWebRtc,
    },
    {
      name: "router.createWebRtcTransport(webRtcServer)",
      called: "options",
      argument: () => ({ ...webRtc(), webRtcServer }),
      call: createWebRtc,
    },
    ...createPlainSubjects(router),
  ];
}

export function createPlainSubjects(router: Router): Subject[] {
  const createPlain = (options: unknown): Promise<void> =>
    closing(router.createPlainTransport(wrong(options)));
  return [
    {
      name: "router.createPlainTransport(listenInfo)",
      called: "options",
      argument: () => ({
        ...plain(),
        listenInfo: fullInfo("udp"),
        rtcpListenInfo: fullInfo("udp"),
      }),
      call: createPlain,
    },
    {
      name: "router.createPlainTransport(listenIp)",
      called: "options",
      argument: () => ({
        ...plain(),
        listenIp: { ip: "127.0.0.1", announcedIp: "9.9.9.9" },
        port: 0,
      }),
      call: createPlain,
    },
  ];
}

export function connectSubjects({ router }: Scene): Subject[] {
  const plainConnect = (options: Partial<PlainTransportOptions>) => async (argument: unknown) => {
    const transport = await router.createPlainTransport(wrong({ listenInfo: udpInfo, ...options }));
    await transport.connect(wrong(argument)).finally(() => transport.close());
  };
  return [
    {
      name: "webRtcTransport.connect",
      called: "options",
      argument: () => ({
        dtlsParameters: {
          role: "client",
          fingerprints: [{ algorithm: "sha-256", value: sha256 }],
        },
      }),
      call: async (argument) => {
        const transport = await router.createWebRtcTransport({ listenInfos: [udpInfo] });
        await transport.connect(wrong(argument)).finally(() => transport.close());
      },
    },
    {
      name: "plainTransport.connect",
      called: "options",
      argument: () => ({
        ip: "127.0.0.1",
        port: 9,
        rtcpPort: 10,
        srtpParameters: srtpParameters(),
      }),
      call: plainConnect({ rtcpMux: false, enableSrtp: true }),
    },
    {
      name: "plainTransport.connect(comedia)",
      called: "options",
      argument: () => ({ srtpParameters: srtpParameters() }),
      call: plainConnect({ comedia: true, enableSrtp: true }),
    },
  ];
}

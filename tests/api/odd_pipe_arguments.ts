/** Calls that make pipes between routers, for tests to spoil. */
import { Buffer } from "node:buffer";
import type { PipeTransportOptions, Router, Worker } from "../../sfu/types.ts";
import { closing, type Subject } from "./odd_subject.ts";
import { fullInfo } from "./odd_transport_arguments.ts";
import { audioOptions, mediaCodecs, type Scene, udpInfo, wrong } from "./support.ts";

const mode = (): object => ({
  enableRtx: true,
  enableSrtp: true,
  enableSctp: false,
  appData: { a: 1 },
});

const listenIp = (): object => ({ ip: "127.0.0.1", announcedIp: "9.9.9.9" });

export async function pipeSubjects(scene: Scene): Promise<Subject[]> {
  return [
    ...createPipeSubjects(scene.router),
    ...connectSubjects(scene),
    ...await pipeToRouterSubjects(scene.router, scene.worker),
  ];
}

export function createPipeSubjects(router: Router): Subject[] {
  const create = (options: unknown): Promise<void> =>
    closing(router.createPipeTransport(wrong(options)));
  return [
    {
      name: "router.createPipeTransport(listenInfo)",
      called: "options",
      argument: () => ({ ...mode(), listenInfo: fullInfo("udp") }),
      call: create,
    },
    {
      name: "router.createPipeTransport(listenIp)",
      called: "options",
      argument: () => ({ ...mode(), listenIp: listenIp(), port: 0 }),
      call: create,
    },
  ];
}

function connectSubjects({ router }: Scene): Subject[] {
  const connect = (options: Partial<PipeTransportOptions>) => async (argument: unknown) => {
    const transport = await router.createPipeTransport(wrong({ listenInfo: udpInfo, ...options }));
    await transport.connect(wrong(argument)).finally(() => transport.close());
  };
  return [
    {
      name: "pipeTransport.connect",
      called: "options",
      argument: () => ({ ip: "127.0.0.1", port: 9 }),
      call: connect({}),
    },
    {
      name: "pipeTransport.connect(SRTP)",
      called: "options",
      argument: () => ({
        ip: "127.0.0.1",
        port: 9,
        srtpParameters: {
          cryptoSuite: "AEAD_AES_256_GCM",
          keyBase64: Buffer.alloc(44).toString("base64"),
        },
      }),
      call: connect({ enableSrtp: true }),
    },
  ];
}

export async function pipeToRouterSubjects(
  router: Router,
  worker: Pick<Worker, "createRouter">,
): Promise<Subject[]> {
  const ingress = await router.createPlainTransport({ listenInfo: udpInfo });
  const { id: producerId } = await ingress.produce(audioOptions(88));
  const other = await worker.createRouter({ mediaCodecs });
  const pipe = await router.createPipeTransport({ listenInfo: udpInfo });
  // Each call makes its pair anew.
  other.observer.on("newtransport", (transport) => setImmediate(() => transport.close()));
  const argument = (): object => ({ producerId, router: other, keepId: false, enableRtx: true });
  const call = async (options: unknown): Promise<void> => {
    const { pipeProducer } = await router.pipeToRouter(wrong(options));
    const closed = new Promise<void>((done) => pipeProducer?.observer.once("close", () => done()));
    await closed;
  };
  return [
    {
      name: "pipeTransport.consume",
      called: "options",
      argument: () => ({ producerId, appData: { a: 1 } }),
      call: (options) => closing(pipe.consume(wrong(options))),
    },
    { name: "pipeToRouter", called: "options", argument, call },
    {
      name: "pipeToRouter(listenInfo)",
      called: "options",
      argument: () => ({ ...argument(), listenInfo: fullInfo("udp"), enableSrtp: false }),
      call,
    },
    {
      name: "pipeToRouter(listenIp)",
      called: "options",
      argument: () => ({ ...argument(), ...mode(), listenIp: listenIp() }),
      call,
    },
  ];
}

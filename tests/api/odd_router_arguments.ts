/** Calls of a router, of one worker or of a pool, and of its observers, for tests to spoil. */
import type { Router } from "../../sfu/types.ts";
import { closing, type Subject } from "./odd_subject.ts";
import { audioOptions, mediaCodecs, udpInfo, wrong } from "./support.ts";

export function routerSubjects(router: Router): Subject[] {
  return [
    {
      name: "router.createAudioLevelObserver",
      called: "options",
      argument: () => ({ maxEntries: 2, threshold: -60, interval: 300, appData: { a: 1 } }),
      call: (options) => closing(router.createAudioLevelObserver(wrong(options))),
    },
    {
      name: "router.createActiveSpeakerObserver",
      called: "options",
      argument: () => ({ interval: 200, appData: { a: 1 } }),
      call: (options) => closing(router.createActiveSpeakerObserver(wrong(options))),
    },
    {
      name: "router.updateMediaCodecs",
      called: "mediaCodecs",
      argument: () => structuredClone(mediaCodecs),
      call: (codecs) => {
        router.updateMediaCodecs(wrong(codecs));
        router.updateMediaCodecs(mediaCodecs);
      },
    },
  ];
}

/** Both kinds, with somebody to observe. */
export async function observerSubjects(router: Router): Promise<Subject[]> {
  const transport = await router.createPlainTransport({ listenInfo: udpInfo });
  const { id: producerId } = await transport.produce(audioOptions());
  const observers = [
    await router.createAudioLevelObserver(),
    await router.createActiveSpeakerObserver(),
  ];
  return observers.flatMap((observer) => [
    {
      name: `${observer.type}.addProducer`,
      called: "options",
      argument: () => ({ producerId }),
      call: (options) => observer.addProducer(wrong(options)),
    },
    {
      name: `${observer.type}.removeProducer`,
      called: "options",
      argument: () => ({ producerId }),
      call: (options) => observer.removeProducer(wrong(options)),
    },
  ]);
}

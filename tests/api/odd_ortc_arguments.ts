/** Calls of the exported rules, for tests to spoil. */
import * as sluice from "../../mod.ts";
import { functions } from "./odd_cover.ts";
import { fullAudio, type Subject } from "./odd_subject.ts";
import { mediaCodecs, wrong } from "./support.ts";

const params = () => fullAudio().rtpParameters;

/** A few codecs and extensions of all that there are: each is the same to a sweep. */
const caps = (): object => {
  const { codecs = [], headerExtensions = [] } = sluice.getSupportedRtpCapabilities();
  return { codecs: codecs.slice(-2), headerExtensions: headerExtensions.slice(0, 2) };
};

const routerCaps = () => sluice.ortc.generateRouterRtpCapabilities([mediaCodecs[0]]);

const mapping = () => sluice.ortc.getProducerRtpParametersMapping(params(), routerCaps());

const consumable = () =>
  sluice.ortc.getConsumableRtpParameters("audio", params(), routerCaps(), mapping());

export function ortcSubjects(): Subject[] {
  const { ortc } = functions;
  return [
    {
      name: "ortc.validateAndNormalizeRtpCapabilities",
      called: "caps",
      argument: caps,
      call: (odd) => ortc.validateAndNormalizeRtpCapabilities(wrong(odd)),
    },
    {
      name: "ortc.validateAndNormalizeRtpParameters",
      called: "params",
      argument: params,
      call: (odd) => ortc.validateAndNormalizeRtpParameters(wrong(odd)),
    },
    {
      name: "ortc.validateAndNormalizeSctpStreamParameters",
      called: "params",
      argument: () => ({ streamId: 1, ordered: false, maxPacketLifeTime: 10, maxRetransmits: 0 }),
      call: (odd) => ortc.validateAndNormalizeSctpStreamParameters(wrong(odd)),
    },
    {
      name: "ortc.generateRouterRtpCapabilities",
      called: "mediaCodecs",
      argument: () => structuredClone(mediaCodecs),
      call: (odd) => ortc.generateRouterRtpCapabilities(wrong(odd)),
    },
    ...matchSubjects(),
  ];
}

function matchSubjects(): Subject[] {
  const { ortc } = functions;
  return [
    {
      name: "ortc.canConsume(consumableParams)",
      called: "consumableParams",
      argument: consumable,
      call: (odd) => ortc.canConsume(wrong(odd), routerCaps()),
    },
    {
      name: "ortc.canConsume(caps)",
      called: "caps",
      argument: routerCaps,
      call: (odd) => ortc.canConsume(consumable(), wrong(odd)),
    },
    {
      name: "ortc.getConsumerRtpParameters",
      called: "options",
      argument: () => ({
        consumableRtpParameters: consumable(),
        remoteRtpCapabilities: routerCaps(),
        pipe: false,
        enableRtx: true,
      }),
      call: (odd) => ortc.getConsumerRtpParameters(wrong(odd)),
    },
    {
      name: "ortc.getPipeConsumerRtpParameters",
      called: "options",
      argument: () => ({ consumableRtpParameters: consumable(), enableRtx: true }),
      call: (odd) => ortc.getPipeConsumerRtpParameters(wrong(odd)),
    },
    ...[params, routerCaps].map((argument, place): Subject => ({
      name: "ortc.getProducerRtpParametersMapping",
      called: ["params", "caps"][place],
      argument,
      call: (odd) =>
        ortc.getProducerRtpParametersMapping(...given([params(), routerCaps()], place, odd)),
    })),
    ...[() => "audio", params, routerCaps, mapping].map((argument, place): Subject => ({
      name: "ortc.getConsumableRtpParameters",
      called: ["kind", "params", "caps", "rtpMapping"][place],
      argument,
      call: (odd) =>
        ortc.getConsumableRtpParameters(
          ...given(["audio", params(), routerCaps(), mapping()], place, odd),
        ),
    })),
  ];
}

/** The arguments with an odd one in its place. */
export function given<T extends unknown[]>(good: [...T], place: number, odd: unknown): T {
  return good.map((it, i) => i === place ? odd : it) as T;
}

/** The dumps of a pool router's parts as one. */
import type { RouterDump } from "../api/router.ts";

type Lists = RouterDump["mapProducerIdConsumerIds"];

/**
 * @param isHidden Whether an id is of a transport or consumer that the pool made to pipe producers,
 * which on both workers have the same id.
 */
export function mergeRouterDumps(
  id: string,
  dumps: RouterDump[],
  isHidden: (id: string) => boolean,
): RouterDump {
  const shown = (ids: string[]): string[] => ids.filter((id) => !isHidden(id));
  const mergeLists = (lists: Lists): Lists => {
    const merged = new Map<string, string[]>();
    for (const { key, values } of lists) {
      merged.set(key, [...merged.get(key) ?? [], ...shown(values)]);
    }
    return Array.from(merged, ([key, values]) => ({ key, values }));
  };
  return {
    id,
    transportIds: shown(dumps.flatMap((dump) => dump.transportIds)),
    rtpObserverIds: dumps.flatMap((dump) => dump.rtpObserverIds),
    mapProducerIdConsumerIds: mergeLists(dumps.flatMap((dump) => dump.mapProducerIdConsumerIds)),
    mapConsumerIdProducerId: dumps.flatMap((dump) => dump.mapConsumerIdProducerId)
      .filter(({ key }) => !isHidden(key)),
    mapProducerIdObserverIds: mergeLists(dumps.flatMap((dump) => dump.mapProducerIdObserverIds)),
    mapDataProducerIdDataConsumerIds: dumps
      .flatMap((dump) => dump.mapDataProducerIdDataConsumerIds),
    mapDataConsumerIdDataProducerId: dumps.flatMap((dump) => dump.mapDataConsumerIdDataProducerId),
  };
}

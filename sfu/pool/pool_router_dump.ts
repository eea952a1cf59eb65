/** Merges the dumps of a pool router's parts. */
import type { RouterDump } from "../api/router.ts";

type Lists = RouterDump["mapProducerIdConsumerIds"];

/**
 * @param isHidden Whether an id belongs to a transport or consumer of a pipe between workers. A piped
 * producer has the same id on both workers.
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

/**
 * Finds modules of the engine that include each other. A module is a header with the source file of
 * the same name.
 */

/** The modules that each module includes, from paths and texts of files below `root`. */
export function includesOf(
  files: readonly { path: string; text: string }[],
  root: string,
): Map<string, Set<string>> {
  const modules = new Map<string, Set<string>>();
  for (const { path, text } of files) {
    const [, module] = new RegExp(`^${root}(.*)\\.(?:h|cpp)$`).exec(path) ?? [];
    if (!module) continue;
    const included = modules.get(module) ?? new Set();
    for (const [, header] of text.matchAll(/^#include "(.+)\.h"$/gm)) {
      if (header !== module) included.add(header);
    }
    modules.set(module, included);
  }
  return modules;
}

/** The groups of modules that include each other, directly or not; each group in order. */
export function findCycles(includes: ReadonlyMap<string, ReadonlySet<string>>): string[][] {
  const reached = new Map([...includes.keys()].map((start) => [start, reachable(includes, start)]));
  const groups = new Map<string, string[]>();
  for (const [module, targets] of reached) {
    if (!targets.has(module)) continue;
    const group = [...targets].filter((other) => reached.get(other)?.has(module)).sort();
    groups.set(group.join(" "), group);
  }
  return [...groups.values()].sort((a, b) => a[0].localeCompare(b[0]));
}

/** What a module includes, directly or not; itself only when a cycle leads back to it. */
function reachable(includes: ReadonlyMap<string, ReadonlySet<string>>, start: string): Set<string> {
  const found = new Set<string>();
  const open = [...includes.get(start) ?? []];
  for (let module = open.pop(); module !== undefined; module = open.pop()) {
    if (found.has(module)) continue;
    found.add(module);
    open.push(...includes.get(module) ?? []);
  }
  return found;
}

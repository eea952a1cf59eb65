/** The engine's workers, in the order of their creation: the API does not show them. */
import { EngineWorker } from "../../ffi/engine_worker.ts";

export const engines: EngineWorker[] = [];

const create = EngineWorker.create;
EngineWorker.create = (...args) => {
  const engine = create.apply(EngineWorker, args);
  engines.push(engine);
  return engine;
};

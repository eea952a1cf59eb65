/** What applications may use of our own tools: `import { extras } from "sluice"`. */

export { EnhancedEventEmitter, enhancedOnce } from "./base/emitter.ts";

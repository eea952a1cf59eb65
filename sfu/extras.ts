/** Our own helpers that applications may use: `import { extras } from "sluice"`. */

export { EnhancedEventEmitter, enhancedOnce } from "./base/emitter.ts";

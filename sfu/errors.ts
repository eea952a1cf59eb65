/** The errors that applications tell apart: `import { errors } from "sluice"`. */

export * from "./base/errors.ts";

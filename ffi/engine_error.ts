/** The error of a command that the engine could not run. */

/** A negative status of the C interface with the engine's own text. */
export class EngineError extends Error {
  override readonly name = "EngineError";

  /**
   * @param status One of the negative values of `Status` in `abi.ts`.
   * @param message What was wrong; names the wrong field if there is one.
   */
  constructor(readonly status: number, message: string) {
    super(message);
  }
}

/** What the engine answers when it cannot do what was asked. */

/** A negative status of the C interface with the engine's own text. */
export class EngineError extends Error {
  override readonly name = "EngineError";

  /**
   * @param status One of the negative values of `Status` in `abi.ts`.
   * @param message What was wrong; names the field where one was.
   */
  constructor(readonly status: number, message: string) {
    super(message);
  }
}

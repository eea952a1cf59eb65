/**
 * The errors that applications tell apart. Wrong arguments throw the built-in `TypeError`, and
 * what has no class of its own is an `Error`.
 */

/** What was asked for is not supported: a codec, or a call that this kind of object lacks. */
export class UnsupportedError extends Error {
  /** @param message What happened. */
  constructor(message: string) {
    super(message);
    this.name = "UnsupportedError";
  }
}

/** A call on a worker, or on anything that belongs to one, after the worker closed or died. */
export class WorkerClosedError extends Error {
  /** @param message What happened. */
  constructor(message: string) {
    super(message);
    this.name = "WorkerClosedError";
  }
}

/** A call on a closed entity of a living worker, or one that names an entity nobody knows. */
export class NotFoundError extends Error {
  /** @param message What happened. */
  constructor(message: string) {
    super(message);
    this.name = "NotFoundError";
  }
}

/**
 * The error classes that applications can tell apart. Wrong arguments throw the built-in `TypeError`;
 * all other failures are an `Error`.
 */

/** The request is not supported: a codec, or a call that this kind of object does not have. */
export class UnsupportedError extends Error {
  /** @param message What happened. */
  constructor(message: string) {
    super(message);
    this.name = "UnsupportedError";
  }
}

/** A call on a worker, or on an object of a worker, after the worker was closed or died. */
export class WorkerClosedError extends Error {
  /** @param message What happened. */
  constructor(message: string) {
    super(message);
    this.name = "WorkerClosedError";
  }
}

/** A call on a closed entity of a running worker, or one that names an unknown entity. */
export class NotFoundError extends Error {
  /** @param message What happened. */
  constructor(message: string) {
    super(message);
    this.name = "NotFoundError";
  }
}

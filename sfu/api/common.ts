/** Small types that every part of the object model uses. */

/** Data of the application, carried by every entity and never looked at. */
export type AppData = { [key: string]: unknown };

type Only<T, U> = { [P in keyof T]: T[P] } & { [P in keyof U]?: never };

/** One of two shapes, but not a mixture of both. */
export type Either<T, U> = Only<T, U> | Only<U, T>;

/** Small types that all parts of the API use. */

/** Data of the application, which every entity carries and never reads. */
export type AppData = { [key: string]: unknown };

type Only<T, U> = { [P in keyof T]: T[P] } & { [P in keyof U]?: never };

/** One of two shapes, but not a mixture of both. */
export type Either<T, U> = Only<T, U> | Only<U, T>;

/**
 * Two copies of this module may be loaded in one process: two versions of the package, or one file
 * imported under two addresses. Each has classes and engine workers of its own, so an object of one
 * copy is of no use to the other.
 */

/** Every object of the API of every copy has this property. */
export const mark: unique symbol = Symbol.for("sluice.object") as never;

/**
 * The error for a value that is not an object of this copy.
 *
 * @param otherwise The text when no copy of this module made the value.
 */
export function notOurs(value: unknown, name: string, otherwise: string): TypeError {
  const isOfAnotherCopy = typeof value === "object" && value !== null && mark in value;
  if (!isOfAnotherCopy) return new TypeError(otherwise);
  return new TypeError(
    `${name} belongs to another copy of this module: import "sluice" from one place only`,
  );
}

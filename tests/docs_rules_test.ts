/** What comments of public types must say: units of numbers, and the errors of methods. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { publicDocs } from "./support/public_docs.ts";

const { fields, interfaces } = publicDocs();
const methods = interfaces.flatMap((it) => it.methods);

/** Numbers whose name says it all: identifiers, counts, and values without a unit. */
const plain = new RegExp(
  [
    "^(id|pid|ppid|key|priority)$",
    "(Idx|Id)$",
    "([Ss]src|[Pp]ort|[Pp]ayloadTypes?|[Ss]cores?|[Ll]ayers?|[Cc]hannels?|[Cc]ount)$",
    "[Ss]ubchannels?$",
    "([Pp]ackets|[Mm]essages|[Bb]ytes)(?!.*Size)",
    "Streams$",
    // Of getrusage(2), all but times and memory are counts.
    "^ru_(?!utime|stime|.*rss)",
  ].join("|"),
);

/** Units, or words that say that something is counted. */
const unit = new RegExp(
  [
    "\\b(milliseconds|seconds|bytes|kilobytes|bits (per|a) second|hertz|dBov|degrees|share)\\b",
    "\\bin (1/256|units of)\\b",
    "\\b(how (many|often)|number of|streams|port|ids?|always 0)\\b",
  ].join("|"),
  "i",
);

test("there is something to look at", () => {
  assert(fields.filter((it) => it.isNumber).length > 150, `${fields.length} fields`);
  assert(methods.length > 80, `${methods.length} methods`);
  const { isAsync, parameters } = methods.find(({ path }) => path === "Consumer.setPriority")!;
  assert.deepEqual({ isAsync, parameters }, {
    isAsync: true,
    parameters: [{ name: "priority", isNumber: true }],
  });
});

test("every number is a plain count or identifier by its name, or its comment states a unit", () => {
  const silent = fields
    .filter(({ isNumber, name, comment }) => isNumber && !plain.test(name) && !unit.test(comment))
    .map(({ path }) => path);
  assert.deepEqual(silent, []);
});

test("so is every number that a method takes", () => {
  const silent = methods.flatMap(({ path, comment, tags, parameters }) =>
    parameters
      .filter(({ name, isNumber }) => isNumber && !plain.test(name))
      .filter(() => !unit.test(`${comment} ${tags}`))
      .map(({ name }) => `${path}(${name})`)
  );
  assert.deepEqual(silent, []);
});

test("every method that takes something says what it throws", () => {
  const silent = methods
    .filter(({ parameters, throws }) => parameters.length > 0 && throws === "")
    .map(({ path }) => path);
  assert.deepEqual(silent, []);
});

test("every interface says which error its methods give when it is closed", () => {
  const silent = interfaces
    .filter(({ methods }) => methods.some((it) => it.isAsync))
    .filter(({ comment }) => !/closed[^.]*`WorkerClosedError`/i.test(comment))
    .map(({ name }) => name);
  assert.deepEqual(silent, []);
});

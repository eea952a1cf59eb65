import assert from "node:assert/strict";
import { test } from "node:test";
import { NotFoundError, UnsupportedError, WorkerClosedError } from "../sfu/base/errors.ts";
import { EnhancedEventEmitter, enhancedOnce } from "../sfu/extras.ts";
import { clone, deepFreeze, generateRandomNumber } from "../sfu/base/utils.ts";

type Numbers = { number: [number]; nothing: [] };

test("an emitter calls its listeners with the arguments", () => {
  const emitter = new EnhancedEventEmitter<Numbers>();
  const seen: number[] = [];
  emitter.on("number", (value) => seen.push(value));
  emitter.prependListener("number", (value) => seen.push(value * 10));
  emitter.once("number", (value) => seen.push(value * 100));
  assert.equal(emitter.emit("number", 1), true);
  assert.equal(emitter.safeEmit("number", 2), true);
  assert.deepEqual(seen, [10, 1, 100, 20, 2]);
  assert.equal(emitter.emit("nothing"), false);
  assert.equal(emitter.safeEmit("nothing"), false);
});

test("a listener can be taken away again", () => {
  const emitter = new EnhancedEventEmitter<Numbers>();
  const listener = (): void => assert.fail("was taken away");
  emitter.addListener("number", listener).off("number", listener);
  emitter.prependOnceListener("number", listener).removeListener("number", listener);
  assert.equal(emitter.listenerCount("number"), 0);
  emitter.on("number", listener).on("nothing", listener).removeAllListeners("number");
  assert.deepEqual(emitter.listeners("nothing"), [listener]);
  assert.deepEqual(emitter.rawListeners("number"), []);
  emitter.removeAllListeners();
  assert.equal(emitter.listenerCount("nothing"), 0);
});

test("what a listener throws reaches the caller of emit, not that of safeEmit", () => {
  const emitter = new EnhancedEventEmitter<Numbers>();
  const failure = new Error("broken listener");
  const reported: unknown[] = [];
  emitter.on("number", () => {
    throw failure;
  });
  assert.throws(() => emitter.emit("number", 1), failure);
  assert.equal(emitter.safeEmit("number", 1), true);
  emitter.on("listenererror", (event, error) => reported.push(event, error));
  assert.equal(emitter.safeEmit("number", 1), true);
  assert.deepEqual(reported, ["number", failure]);
  emitter.on("listenererror", () => {
    throw failure;
  });
  assert.equal(emitter.safeEmit("number", 1), true);
});

test("enhancedOnce waits for the next event", async () => {
  const emitter = new EnhancedEventEmitter<Numbers>();
  const waiting = enhancedOnce<Numbers>(emitter, "number");
  emitter.emit("number", 7);
  assert.deepEqual(await waiting, [7]);
});

test("enhancedOnce gives up when told so", async () => {
  const emitter = new EnhancedEventEmitter<Numbers>();
  const abort = new AbortController();
  const waiting = enhancedOnce<Numbers>(emitter, "number", { signal: abort.signal });
  abort.abort();
  await assert.rejects(waiting, { name: "AbortError" });
});

test("each error is an Error with its own name", () => {
  for (const ErrorClass of [UnsupportedError, WorkerClosedError, NotFoundError]) {
    const error = new ErrorClass("why");
    assert.ok(error instanceof Error);
    assert.equal(error.name, ErrorClass.name);
    assert.equal(String(error), `${ErrorClass.name}: why`);
    assert.match(error.stack!, /emitter_test/);
  }
});

test("a clone is deep, and of data only", () => {
  const value = { list: [{ a: 1 }], none: undefined };
  const copy = clone(value);
  copy.list[0].a = 2;
  assert.deepEqual(value, { list: [{ a: 1 }], none: undefined });
  assert.equal(clone(undefined), undefined);
  assert.throws(() => clone({ run: (): void => {} }), TypeError);
});

test("deepFreeze freezes all levels", () => {
  const value = deepFreeze({ list: [{ a: 1 }] });
  assert.throws(() => value.list[0].a = 2, TypeError);
  assert.throws(() => value.list.push({ a: 3 }), TypeError);
});

test("random numbers have nine digits", () => {
  for (let round = 0; round < 1000; round++) {
    assert.match(String(generateRandomNumber()), /^[1-9]\d{8}$/);
  }
});

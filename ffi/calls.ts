/**
 * Calls into the engine, with JSON in and out. Calls are synchronous, so one request buffer and one
 * answer buffer serve all workers of a JavaScript thread.
 */

import { Status } from "./abi.ts";
import { EngineError } from "./engine_error.ts";
import { engineLibrary } from "./load.ts";

const FIRST_BUFFER_BYTES = 65_536;
/** The engine refuses larger requests. */
const MAX_REQUEST_BYTES = 1_048_576;
const MAX_U32 = 0xffff_ffff;

const encoder = new TextEncoder();
const decoder = new TextDecoder();
let requestBuffer = new Uint8Array(FIRST_BUFFER_BYTES);
let answerBuffer = new Uint8Array(FIRST_BUFFER_BYTES);

/** `sluice_worker_create()`: returns the worker's handle. */
export function create(options: object): number {
  const bytes = encode(options);
  const { sluice_worker_create: start } = engineLibrary().functions;
  const status = start(requestBuffer, bytes, answerBuffer, answerBuffer.length);
  if (status <= 0) throw errorFor(status, answerText());
  return status;
}

/**
 * `sluice_call()`: sends `request` as JSON and parses the answer.
 *
 * @returns `undefined` if the method has no answer.
 * @throws {EngineError} With the engine's status and text.
 * @throws {TypeError} If an id is not an unsigned 32-bit number.
 */
export function call(
  worker: number,
  method: number,
  target: number,
  request: object | undefined,
): unknown {
  // Bun would silently convert any number to a u32.
  if (!isU32(worker) || !isU32(method) || !isU32(target)) {
    throw new TypeError(`worker, method and target must be unsigned 32-bit numbers`);
  }
  const { sluice_call: run } = engineLibrary().functions;
  const bytes = request === undefined ? 0 : encode(request);
  let status = run(
    worker,
    method,
    target,
    requestBuffer,
    bytes,
    answerBuffer,
    answerBuffer.length,
  );
  if (status === Status.ERR_BUFFER) status = fetchAnswer(worker);
  if (status < 0) throw errorFor(status, answerText());
  return status === 0 ? undefined : JSON.parse(decoder.decode(answerBuffer.subarray(0, status)));
}

/** The error for a negative status. `text` comes from the engine, and is empty if it gave none. */
export function errorFor(status: number, text: string): EngineError {
  if (text !== "") return new EngineError(status, text);
  const name = Object.entries(Status).find(([, value]) => value === status)?.[0];
  return new EngineError(status, name ?? `status ${status}`);
}

/** Enlarges the buffer and fetches an answer that did not fit. */
function fetchAnswer(worker: number): number {
  const needed = new DataView(answerBuffer.buffer).getUint32(0, true);
  answerBuffer = new Uint8Array(nextPowerOfTwo(needed));
  const { sluice_worker_answer: fetch } = engineLibrary().functions;
  return fetch(worker, answerBuffer, answerBuffer.length);
}

/** Writes JSON into the request buffer; returns its length in bytes. */
function encode(value: object): number {
  const text = JSON.stringify(value);
  let { read, written } = encoder.encodeInto(text, requestBuffer);
  if (read < text.length) {
    // UTF-8 has at most three bytes per UTF-16 unit.
    requestBuffer = new Uint8Array(nextPowerOfTwo(text.length * 3));
    ({ read, written } = encoder.encodeInto(text, requestBuffer));
  }
  if (written > MAX_REQUEST_BYTES) {
    throw new EngineError(Status.ERR_INVALID, `the request is ${written} bytes: too large`);
  }
  return written;
}

function answerText(): string {
  const end = answerBuffer.indexOf(0);
  return decoder.decode(answerBuffer.subarray(0, end < 0 ? answerBuffer.length : end));
}

function isU32(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= MAX_U32;
}

function nextPowerOfTwo(value: number): number {
  return 2 ** Math.ceil(Math.log2(value));
}

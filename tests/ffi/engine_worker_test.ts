import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { EngineError, EngineWorker, EventType, Method, Status } from "../../ffi/engine_worker.ts";
import type { EngineWorkerOptions } from "../../ffi/engine_worker.ts";
import { engineLibrary } from "../../ffi/load.ts";
import { eventsUntil, pingNumber, withEngine } from "./support.ts";

/** The status and the text that must come with an error. */
function engineError(status: number, text: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof EngineError);
    assert.equal(error.status, status);
    assert.match(error.message, text);
    return true;
  };
}

describe("calls", () => {
  test(
    "a ping has no answer, a dump has one",
    withEngine((worker) => {
      assert.equal(worker.call(Method.WORKER_PING, 0), undefined);
      const dump = worker.call(Method.WORKER_DUMP, 0, {}) as { routerIds: number[] };
      assert.deepEqual(dump.routerIds, []);
    }),
  );

  test(
    "errors carry the status and a text that names the field",
    withEngine((worker) => {
      const refused = (status: number, text: RegExp, ...call: [number, number, object?]): void =>
        assert.throws(() => worker.call(...call), engineError(status, text));
      refused(Status.ERR_UNSUPPORTED, /method/, 0xffff, 0);
      refused(Status.ERR_INVALID, /events/, Method.WORKER_PING, 0, { events: -1 });
      refused(Status.ERR_NOT_FOUND, /./, Method.ROUTER_DUMP, 4711);
      assert.equal(worker.call(Method.WORKER_PING, 0), undefined);
    }),
  );

  test(
    "ids that are no unsigned 32-bit numbers are a TypeError before the engine sees them",
    withEngine((worker) => {
      for (const wrong of [-1, 1.5, NaN, 2 ** 32, "1", undefined, null]) {
        assert.throws(() => worker.call(Method.WORKER_PING, wrong as number), TypeError);
        assert.throws(() => worker.call(wrong as number, 0), TypeError);
      }
    }),
  );

  test(
    "requests and answers may be larger than the buffers",
    withEngine((worker) => {
      const text = "ü€🎥".repeat(100_000);
      worker.call(Method.WORKER_PING, 0, { text });
      assert.throws(
        () => worker.call(Method.WORKER_PING, 0, { text: "x".repeat(9_000_000) }),
        engineError(Status.ERR_INVALID, /too large/),
      );
      const routers = 20_000;
      for (let i = 0; i < routers; ++i) worker.call(Method.WORKER_CREATE_ROUTER, 0, {});
      const dump = worker.call(Method.WORKER_DUMP, 0, {}) as { routerIds: number[] };
      assert.ok(JSON.stringify(dump).length > 65_536);
      assert.equal(dump.routerIds.length, routers);
    }),
  );

  test("answers that did not fit are for one worker, once", () => {
    const { functions } = engineLibrary();
    const buffer = new Uint8Array(64);
    assert.equal(functions.sluice_worker_answer(1, buffer, 64), Status.ERR_NOT_FOUND);
    const handle = functions.sluice_worker_create(null, 0, buffer, 64);
    assert.ok(handle > 0);
    const call = (): number =>
      functions.sluice_call(handle, Method.WORKER_DUMP, 0, null, 0, buffer, 64);
    assert.equal(call(), Status.ERR_BUFFER);
    const bytes = new DataView(buffer.buffer).getUint32(0, true);
    const answer = new Uint8Array(bytes);
    assert.equal(functions.sluice_worker_answer(handle, answer, bytes - 1), Status.ERR_BUFFER);
    assert.equal(functions.sluice_worker_answer(handle + 1, answer, bytes), Status.ERR_NOT_FOUND);
    assert.equal(functions.sluice_worker_answer(handle, answer, bytes), bytes);
    JSON.parse(new TextDecoder().decode(answer));
    assert.equal(functions.sluice_worker_answer(handle, answer, bytes), Status.ERR_NOT_FOUND);
    assert.equal(functions.sluice_worker_free(handle), Status.OK);
    assert.equal(functions.sluice_worker_free(handle), Status.ERR_NOT_FOUND);
    assert.equal(call(), Status.ERR_NOT_FOUND);
    for (const name of ["close", "free"] as const) {
      assert.equal(functions[`sluice_worker_${name}`](handle), Status.ERR_NOT_FOUND);
    }
    assert.equal(functions.sluice_ring_bytes(handle), Status.ERR_NOT_FOUND);
    assert.equal(functions.sluice_ring_arm(handle), Status.ERR_NOT_FOUND);
    assert.equal(functions.sluice_ring_doorbell_fd(handle), Status.ERR_NOT_FOUND);
  });
});

describe("options", () => {
  const wrong: [options: Record<string, unknown>, text: RegExp][] = [
    [{ logLevel: "loud" }, /^logLevel must be "debug"/],
    [{ logTags: "ice" }, /^logTags must be an array/],
    [{ logTags: ["ice", 1] }, /^logTags\[1\] must be a string/],
    [{ rtcMinPort: 0 }, /^rtcMinPort must be from 1 to 65535/],
    [{ rtcMaxPort: 65_536 }, /^rtcMaxPort must be from 1 to 65535/],
    [{ rtcMinPort: 5000, rtcMaxPort: 4000 }, /^rtcMinPort must not be above rtcMaxPort/],
    [{ dtlsCertificateFile: "/a.pem" }, /^dtlsPrivateKeyFile is missing/],
    [{ dtlsPrivateKeyFile: "/a.pem" }, /^dtlsCertificateFile is missing/],
    [{ dtlsCertificateFile: "/no/a.pem", dtlsPrivateKeyFile: "/no/b.pem" }, /\/no\/a\.pem/],
    [{ ringBytes: 65_537 }, /^ringBytes must be a power of two/],
    [{ ringBytes: 4096 }, /^ringBytes must be from 65536/],
  ];
  for (const [options, text] of wrong) {
    test(`${JSON.stringify(options)} is refused`, () => {
      assert.throws(
        () => EngineWorker.create(options as EngineWorkerOptions),
        engineError(Status.ERR_INVALID, text),
      );
    });
  }
});

describe("events", () => {
  for (const kind of ["napi", "socket"] as const) {
    test(`arrive in order, also at a loop that sleeps (${kind})`, async () => {
      const worker = EngineWorker.create({}, kind);
      try {
        for (let round = 0; round < 50; ++round) {
          const seen: (number | undefined)[] = [];
          const remove = worker.onEvent((type, _, payload) =>
            void seen.push(pingNumber(type, payload))
          );
          const arrived = eventsUntil(worker, (count) => count === 20);
          worker.call(Method.WORKER_PING, 0, { events: 20 });
          await arrived;
          remove();
          assert.deepEqual(seen, [...Array(20).keys()]);
        }
      } finally {
        worker.close();
      }
    });
  }

  test(
    "a listener that is removed hears nothing more",
    withEngine(async (worker) => {
      let heard = 0;
      worker.onEvent(() => heard += 1)();
      const arrived = eventsUntil(worker, (count) => count === 3);
      worker.call(Method.WORKER_PING, 0, { events: 3 });
      await arrived;
      assert.equal(heard, 0);
    }),
  );

  test(
    "log events name their level and tag",
    withEngine(async (worker) => {
      const event = new Promise((resolve) =>
        worker.onEvent((type, target, payload) => resolve([type, target, payload]))
      );
      worker.call(Method.WORKER_PING, 0, { events: 1 });
      assert.deepEqual(await event, [
        EventType.LOG,
        0,
        { level: "debug", tag: "ping", text: "0" },
      ]);
    }),
  );
});

describe("closing", () => {
  test("calls to a closed worker fail, and closing again does nothing", () => {
    const worker = EngineWorker.create();
    assert.equal(worker.closed, false);
    worker.close();
    worker.close();
    worker.ref();
    worker.unref();
    assert.equal(worker.closed, true);
    assert.throws(
      () => worker.call(Method.WORKER_PING, 0),
      engineError(Status.ERR_CLOSED, /closed/),
    );
  });

  test("a listener may close its worker: no event comes after that", async () => {
    const worker = EngineWorker.create();
    const other = EngineWorker.create();
    let heard = 0;
    worker.onEvent(() => {
      heard += 1;
      if (heard === 5) worker.close();
    });
    worker.onEvent(() => assert.ok(!worker.closed));
    worker.call(Method.WORKER_PING, 0, { events: 100 });
    const arrived = eventsUntil(other, (count) => count === 2000);
    other.call(Method.WORKER_PING, 0, { events: 2000 });
    await arrived;
    other.close();
    assert.equal(heard, 5);
  });
});

/** What observers tell of real packets. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as sluice from "../../mod.ts";
import type { types } from "../../mod.ts";
import { type Microphones, withMicrophones } from "./microphones.ts";
import { eventsDelivered, mediaCodecs, next, record } from "./support.ts";

const noise = -90;
const speech = -30;

async function people(microphones: Microphones, count: number): Promise<types.Producer[]> {
  const producers: types.Producer[] = [];
  for (let i = 0; i < count; ++i) producers.push(await microphones.produce());
  return producers;
}

/** Resolves with the next volumes that this holds for. */
async function volumesWith(
  observer: types.AudioLevelObserver,
  holds: (volumes: types.AudioLevelObserverVolume[]) => boolean,
): Promise<types.AudioLevelObserverVolume[]> {
  for (;;) {
    const [volumes] = await next(observer, "volumes") as [types.AudioLevelObserverVolume[]];
    if (holds(volumes)) return volumes;
  }
}

/** Resolves with who dominates next. */
async function dominant(observer: types.ActiveSpeakerObserver): Promise<types.Producer> {
  const [speaker] = await next(observer, "dominantspeaker");
  return (speaker as types.ActiveSpeakerObserverDominantSpeaker).producer;
}

test(
  "volumes lists the loudest producers, as many as asked for, and silence follows once",
  withMicrophones(async ({ router, microphones }) => {
    const [anna, bert, carl, dora] = await people(microphones, 4);
    const observer = await router.createAudioLevelObserver({
      interval: 250,
      maxEntries: 2,
      threshold: -60,
    });
    for (const { id: producerId } of [anna, bert, carl]) await observer.addProducer({ producerId });
    const log: string[] = [];
    record(log, "event", observer, ["silence"]);
    record(log, "observer", observer.observer, ["silence"]);

    microphones.set(-50, -20, -61, 0); // Dora is not observed, Carl too quiet.
    assert.deepEqual(await volumesWith(observer, ({ length }) => length === 2), [
      { producer: bert, volume: -20 },
      { producer: anna, volume: -50 },
    ]);
    microphones.set(-127, -127, -55, 0);
    const told = next(observer.observer, "volumes");
    assert.deepEqual(
      (await volumesWith(observer, ([{ producer }]) => producer === carl))[0].volume,
      -55,
    );
    await told;

    microphones.set(undefined, -127, -100, 0);
    await next(observer.observer, "silence");
    assert.deepEqual(log, ["event:silence", "observer:silence"]);

    // Paused ones are passed over.
    microphones.set(-50, -20, -127, 0);
    await volumesWith(observer, ({ length }) => length === 2);
    await bert.pause();
    const alone = await volumesWith(observer, ({ length }) => length === 1);
    assert.deepEqual(alone, [{ producer: anna, volume: -50 }]);
    await bert.resume();
    await volumesWith(observer, ([{ producer }]) => producer === bert);

    // And so are those that were removed, or have closed.
    await observer.removeProducer({ producerId: bert.id });
    await volumesWith(observer, ({ length }) => length === 1);
    const silent = next(observer, "silence");
    anna.close();
    await silent;
    assert.equal(dora.closed, false);
  }),
);

test(
  "a paused observer tells silence, then nothing until it is resumed",
  withMicrophones(async ({ router, microphones }) => {
    const [anna] = await people(microphones, 1);
    const observer = await router.createAudioLevelObserver({ interval: 250 });
    const fast = await router.createAudioLevelObserver({ interval: 0 });
    for (const it of [observer, fast]) await it.addProducer({ producerId: anna.id });
    microphones.set(speech);
    await next(observer, "volumes");
    const silent = next(observer, "silence");
    await observer.pause();
    await silent;
    const log: string[] = [];
    record(log, "observer", observer, ["volumes", "silence"]);
    for (let i = 0; i < 3; ++i) await next(fast, "volumes");
    assert.deepEqual(log, []);
    await observer.resume();
    await next(observer, "volumes");
  }),
);

test(
  "dominantspeaker follows who speaks",
  withMicrophones(async ({ router, microphones }) => {
    const [anna, bert, carl] = await people(microphones, 3);
    const observer = await router.createActiveSpeakerObserver({ interval: 100 });
    const log: string[] = [];
    const names = new Map([[anna.id, "anna"], [bert.id, "bert"], [carl.id, "carl"]]);
    observer.on("dominantspeaker", ({ producer }) => log.push(`${names.get(producer.id)}`));
    observer.observer.on("dominantspeaker", ({ producer }) => log.push(`(${producer === bert})`));
    const starts = dominant(observer);
    for (const { id: producerId } of [anna, bert, carl]) await observer.addProducer({ producerId });

    // Somebody has to begin: the first.
    microphones.set(noise, noise, noise);
    assert.equal(await starts, anna);
    let follows = dominant(observer);
    microphones.set(noise, noise, speech);
    assert.equal(await follows, carl);
    // Who interrupts has to wait until the other is silent.
    follows = dominant(observer);
    microphones.set(noise, speech, noise);
    assert.equal(await follows, bert);
    // A producer that stops is silent, and a paused one takes no part.
    follows = dominant(observer);
    await carl.pause();
    microphones.set(speech, undefined, speech);
    assert.equal(await follows, anna);
    // The dominant one leaves: the first of the others that is not paused follows at once.
    follows = dominant(observer);
    await observer.removeProducer({ producerId: anna.id });
    assert.equal(await follows, bert);
    await carl.resume();
    follows = dominant(observer);
    bert.close();
    assert.equal(await follows, carl);
    // And nobody follows the last one.
    carl.close();
    await eventsDelivered(router);
    assert.deepEqual(
      log,
      ["anna", "carl", "bert", "anna", "bert", "carl"].flatMap((it) => [it, `(${it === "bert"})`]),
    );
  }),
);

test(
  "a piped producer is observed on the other worker",
  withMicrophones(async ({ router, microphones }) => {
    const [anna, bert] = await people(microphones, 2);
    const other = await sluice.createWorker();
    try {
      const far = await other.createRouter({ mediaCodecs });
      const levels = await far.createAudioLevelObserver({ interval: 250, maxEntries: 2 });
      const speaker = await far.createActiveSpeakerObserver({ interval: 100 });
      for (const { id: producerId } of [anna, bert]) {
        await router.pipeToRouter({ producerId, router: far });
        for (const it of [levels, speaker]) await it.addProducer({ producerId });
      }
      let follows = dominant(speaker);
      microphones.set(noise, noise);
      assert.equal((await follows).id, anna.id);
      follows = dominant(speaker);
      microphones.set(noise, speech);
      assert.equal((await follows).id, bert.id);
      const [{ producer, volume }] = await volumesWith(levels, ([it]) => it.volume === speech);
      assert.deepEqual([producer.id, volume], [bert.id, speech]);
      // The pipe hands the pause on.
      const silent = next(levels, "silence");
      await bert.pause();
      await silent;
    } finally {
      other.close();
    }
  }),
);

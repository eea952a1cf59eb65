/**
 * Which parameters of the API a sweep of arguments reaches: all methods of all classes and all
 * functions are watched while each subject is called with a probe for its argument.
 */
import { readdirSync, readFileSync } from "node:fs";
import * as sluice from "../../mod.ts";
import type { Subject } from "./odd_subject.ts";

type Callable = (this: unknown, ...args: unknown[]) => unknown;

const folder = new URL("../../sfu/", import.meta.url);
const files = readdirSync(folder, { recursive: true })
  .map(String)
  .filter((name) => name.endsWith(".ts"));

/** The functions that the module exports, where they can be watched: a module cannot be changed. */
export const functions = { ...sluice, ortc: { ...sluice.ortc }, extras: { ...sluice.extras } };

/** Methods that are not the application's: the sources say so with `@private` and `protected`. */
function internalNames(): Set<string> {
  const marks =
    /(?:@private\b[^/]*\*\/|\bprotected)\s+(?:(?:abstract|async|get|override|readonly) )*(\w+)/g;
  const sources = files.map((file) => readFileSync(new URL(file, folder), "utf8"));
  return new Set(sources.flatMap((source) => [...source.matchAll(marks)].map(([, name]) => name)));
}

/** The prototypes of every class of the API, and of what they extend. */
async function prototypes(): Promise<Set<object>> {
  const found = new Set<object>();
  const { prototype: base } = sluice.extras.EnhancedEventEmitter;
  const modules = await Promise.all(files.map((file) => import(new URL(file, folder).href)));
  for (const exported of modules.flatMap((module) => Object.values<unknown>(module))) {
    let prototype = typeof exported === "function" ? exported.prototype : undefined;
    while (prototype instanceof sluice.extras.EnhancedEventEmitter) {
      found.add(prototype);
      prototype = Object.getPrototypeOf(prototype);
    }
  }
  return found.add(base);
}

/** Names of a function's parameters, without those that it does not look at: `_` begins them. */
function parametersOf(callable: Callable): string[] {
  const source = callable.toString();
  const names = [""];
  let depth = 0;
  for (const char of source.slice(source.indexOf("("))) {
    if (")]}".includes(char)) depth -= 1;
    if (depth === 0 && char === ")") break;
    if (depth === 1 && char === ",") names.push("");
    else if (depth > 0) names[names.length - 1] += char;
    if ("([{".includes(char)) depth += 1;
  }
  return names.map((it) => it.split("=")[0].trim()).filter((it) => !/^(_|$)/.test(it));
}

/** Calls every subject with a probe. Returns which parameters there are, and which never saw it. */
export async function cover(subjects: Subject[]): Promise<{ all: string[]; missed: string[] }> {
  const probe = Symbol("probe");
  const missed = new Set<string>();
  const watch = (owner: object, key: string, name: string): void => {
    const descriptor = Object.getOwnPropertyDescriptor(owner, key)!;
    const place = descriptor.set ? "set" : "value";
    const watched: Callable | undefined = descriptor[place];
    if (typeof watched !== "function") return;
    const parameters = parametersOf(watched);
    for (const parameter of parameters) missed.add(`${name}(${parameter})`);
    descriptor[place] = function (...args: unknown[]): unknown {
      args.forEach((arg, i) => arg === probe && missed.delete(`${name}(${parameters[i]})`));
      return watched.apply(this, args);
    };
    Object.defineProperty(owner, key, descriptor);
  };
  const internal = internalNames().add("constructor");
  // A name may be whatever Node's emitter takes.
  for (const name of ["safeEmit", "removeAllListeners"]) internal.add(name);
  for (const prototype of await prototypes()) {
    for (const key of Object.getOwnPropertyNames(prototype)) {
      if (!internal.has(key)) watch(prototype, key, `${prototype.constructor.name}.${key}`);
    }
  }
  const { ortc, extras } = functions;
  for (const [group, members] of Object.entries({ "": functions, ortc, extras })) {
    for (const key of Object.keys(members)) watch(members, key, [group, key].join("."));
  }
  const all = [...missed];
  for (const subject of subjects) {
    try {
      await subject.call(probe);
    } catch {
      // A probe is nothing that anybody takes.
    }
  }
  return { all, missed: [...missed] };
}

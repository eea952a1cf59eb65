/**
 * Holds the style of the repository: budgets of files, lines and functions, where system calls and
 * clocks may stand, and a few things that should stand nowhere. Whatever may break a rule is in the
 * list of exceptions, with the reason.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { findCycles, includesOf } from "./support/include_cycles.ts";
import {
  files,
  functionsOf,
  isCode,
  isCpp,
  isTypeScript,
  namedPaths,
  repository,
  type SourceFile,
  withoutText,
} from "./support/source_files.ts";

/** Rule, path (or its beginning), reason. */
const exceptions: [rule: string, path: string, reason: string][] = [
  ["file length", "examples/conference/client/call.ts", "the whole call, in the order it happens"],
  ["system calls", "engine/src/base/address.cpp", "inet_pton and inet_ntop: text, not the network"],
  ["system calls", "engine/src/dtls/datagram_bio.cpp", "struct timeval of OpenSSL's interface"],
  ["clocks", "engine/src/capi/process_exit.cpp", "waits for threads when the process ends"],
  ["any", "tests/api/support.ts", "the tests hand over wrong arguments on purpose"],
  ["any", "sfu/observers/rtp_observer.ts", "observers of all kinds: their events differ"],
  ["any", "sfu/pool/pool_rtp_observer.ts", "observers of all kinds: their events differ"],
  ["any", "sfu/transport/transport.ts", "transports of all kinds: their events differ"],
  ["any", "tests/support/pages.ts", "the DOM types the entries of an RTCStatsReport so"],
];

/** Modules of the engine that include each other, and why. Any other cycle is a mistake. */
const knots: [modules: string[], reason: string][] = [
  [["dtls/dtls_context", "dtls/dtls_session"], "OpenSSL's callbacks of a context find its session"],
  [
    ["media/consumer", "media/producer", "media/select/pipe_selector"],
    "a producer tells its consumers, which read its packets",
  ],
  [
    ["srtp/cipher", "srtp/cipher_backends"],
    "the interface makes the implementation that was chosen",
  ],
  [
    [
      "consumer",
      "data_consumer",
      "data_producer",
      "direct_transport",
      "producer",
      "router",
      "rtp_observer",
      "transport",
    ].map((name) => `worker/objects/${name}`),
    "objects close what they own, and leave what owns them",
  ],
  [
    ["worker/objects/web_rtc_server", "worker/objects/web_rtc_transport"],
    "a server closes its transports, which use its sockets",
  ],
];

/** A rule returns a line for each fault that it finds in a file. */
type Rule = (file: SourceFile) => string[];

/** Lines, from 1, that a pattern is found in. */
function findings({ lines }: SourceFile, pattern: RegExp): string[] {
  return lines.flatMap((line, index) => pattern.test(line) ? [`${index + 1}: ${line.trim()}`] : []);
}

/** As text, so that this file does not break its own rules. */
const words = (...parts: string[]): RegExp => new RegExp(`\\b(${parts.join("|")})\\b`);

const rules: Record<string, Rule> = {
  "file length": (file) => {
    const most = isCpp(file) ? 400 : isTypeScript(file) ? 250 : Infinity;
    const count = file.lines.length - 1;
    return count > most ? [`${count} lines, ${most} are enough`] : [];
  },

  // No formatter breaks comments and the names of tests: a few more columns do no harm there.
  "line length": (file) =>
    isCode(file)
      ? findings(file, /^.{111,}$/u).concat(
        findings(file, /^(?!\s*(\*|#|\/\/|test\())(?!.*(\/\*|\/\/)).{101,}$/u),
      )
      : [],

  "function length": (file) =>
    isCpp(file) || isTypeScript(file)
      ? functionsOf(file)
        .filter(({ length }) => length > 70)
        .map(({ line, length, begin }) => `${line}: ${length} lines: ${begin}`)
      : [],

  "system calls": (file) =>
    /^engine\/src\/(?!net\/|worker\/|capi\/)/.test(file.path)
      ? findings(
        file,
        /#include <(sys\/|netinet\/|arpa\/|netdb|unistd|fcntl|poll|signal|pthread)/,
      )
      : [],

  "threads": (file) =>
    /^engine\/src\/(?!net\/|worker\/|capi\/)/.test(file.path)
      ? findings(file, /#include <(thread|mutex|condition_variable|shared_mutex|future)>/)
      : [],

  "clocks": (file) =>
    /^engine\/src\/(?!net\/|worker\/)/.test(file.path)
      ? findings(
        withoutText(file),
        /\b(steady_clock|system_clock|high_resolution_clock|clock_gettime|gettimeofday)\b/,
      )
      : [],

  "printing and aborting": (file) =>
    file.path.startsWith("engine/src/")
      ? findings(
        file,
        /^(?!\s*\/\/).*(std::(cout|cerr)\b|\b(f?printf|abort|std::terminate|_?exit)\()/,
      )
      : [],

  "header guards": ({ path, text }) =>
    path.endsWith(".h") && !/^#pragma once$|^#ifndef SLUICE_\w*H\w*\n#define /m.test(text)
      ? ["neither #pragma once nor a guard"]
      : [],

  // A test's name says what the test is.
  "file heads": ({ path, text }) =>
    /(?<!_test)\.(cpp|h|c|ts|sh)$/.test(path) && !/^(#!.*\n)?(\/\/|\/\*|#) ?/.test(text)
      ? ["the file does not begin with what it is"]
      : [],

  "any": (file) =>
    isTypeScript(file)
      ? findings(withoutText(file), /[:<,|(&=]\s*any\b(?!\s*[:?=.])|\bas any\b|\bany(\[\]|[>,|&])/)
      : [],

  // The API reads as a document: nothing in it depends on how it is implemented.
  "imports of the API": (file) =>
    file.path.startsWith("sfu/api/")
      ? findings(file, /^(?!\s*\*).*\bfrom "(?!\.\/|node:)/)
        .filter((line) => !/import type .* from "\.\.\/base\/emitter\.ts";$/.test(line))
      : [],

  "default exports": (file) => isTypeScript(file) ? findings(file, /^export default\b/) : [],

  "file names": ({ path }) =>
    /^(sfu|ffi|tests|engine|examples)\//.test(path) && /[A-Z-]/.test(path.split("/").at(-1)!) &&
      !/(README|ARCHITECTURE|CMakeLists|CMakePresets|adr\/)/.test(path)
      ? ["not snake_case"]
      : [],

  "unfinished work": (file) => findings(file, words("TO" + "DO", "FIX" + "ME", "XX" + "X")),

  "tabs and trailing space": (file) => file.path === "Makefile" ? [] : findings(file, /\t|[ \r]$/),

  "this machine's paths and hosts": (file) =>
    findings(file, new RegExp(["/wo" + "rk/", "/ro" + "ot/", "registry\\.np" + "mjs"].join("|"))),
};

describe("tidy", () => {
  test("every file is used", () => {
    const named = namedPaths();
    // Runners find tests by their names, the compiler finds claims, and CMake finds sources.
    const unused = files.map(({ path }) => path)
      .filter((path) => /\.(ts|h)$/.test(path) && !/_(test|claims)\.ts$/.test(path))
      .filter((path) => !named.has(path));
    assert.deepEqual(unused, []);
    const parts = readFileSync(`${repository}/engine/CMakeLists.txt`, "utf8");
    const notBuilt = files.map(({ path }) => path)
      .filter((path) => /^engine\/(src|tests)\/.*\.cpp$/.test(path))
      .filter((path) => {
        const [, , kind, part] = /^(engine)\/(src|tests)\/([^/]*)/.exec(path)!;
        return !/\.cpp$/.test(part) &&
          !parts.includes(`sluice_${kind === "src" ? "part" : "test"}(${part} `);
      });
    assert.deepEqual(notBuilt, []);
  });

  const used = new Set<number>();

  for (const [name, rule] of Object.entries(rules)) {
    test(name, () => {
      const wrong = files.flatMap((file) => {
        const found = rule(file);
        const index = exceptions.findIndex(([rule, path]) =>
          rule === name && file.path.startsWith(path)
        );
        if (found.length > 0 && index >= 0) used.add(index);
        return index >= 0 ? [] : found.map((what) => `${file.path}:${what}`);
      });
      assert.deepEqual(wrong, []);
    });
  }

  test("no modules of the engine include each other", () => {
    const cycles = findCycles(includesOf(files, "engine/src/"));
    assert.deepEqual(cycles, knots.map(([modules]) => modules));
  });

  test("a cycle of three modules is found, and a diamond is none", () => {
    const file = (name: string, ...headers: string[]): { path: string; text: string } => ({
      path: `src/${name}`,
      text: headers.map((header) => `#include "${header}.h"\n`).join(""),
    });
    const diamond = [file("a.h", "b", "c"), file("b.h", "d"), file("c.h", "d"), file("d.cpp", "d")];
    assert.deepEqual(findCycles(includesOf(diamond, "src/")), []);
    const cycle = [...diamond, file("d.h"), file("d.cpp", "d", "b")];
    assert.deepEqual(findCycles(includesOf(cycle, "src/")), [["b", "d"]]);
    const longer = [...diamond, file("d.cpp", "a")];
    assert.deepEqual(findCycles(includesOf(longer, "src/")), [["a", "b", "c", "d"]]);
  });

  test("every exception is needed", () => {
    assert.deepEqual(exceptions.filter((_, index) => !used.has(index)), []);
  });
});

/**
 * Holds the style of the repository: budgets of files, lines and functions, where system calls and
 * clocks may stand, and a few things that should stand nowhere. Whatever may break a rule is in the
 * list of exceptions, with the reason.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";

const repository = fileURLToPath(new URL("..", import.meta.url));

/** Rule, path (or its beginning), reason. */
const exceptions: [rule: string, path: string, reason: string][] = [
  ["file length", "examples/conference/client/call.ts", "the whole call, in the order it happens"],
  ["system calls", "engine/src/base/address.cpp", "inet_pton and inet_ntop: text, not the network"],
  ["system calls", "engine/src/dtls/datagram_bio.cpp", "struct timeval of OpenSSL's interface"],
  ["clocks", "engine/src/dtls/", "OpenSSL's own DTLS timer reads one; it is given ours"],
  ["clocks", "engine/src/capi/process_exit.cpp", "waits for threads when the process ends"],
  ["any", "tests/api/support.ts", "the tests hand over wrong arguments on purpose"],
];

interface SourceFile {
  path: string;
  text: string;
  lines: string[];
}

const files: SourceFile[] = execFileSync("git", ["ls-files", "-co", "--exclude-standard"], {
  cwd: repository,
  encoding: "utf8",
})
  .split("\n")
  .filter((path) => /\.(cpp|h|c|ts|sh|md|css|html|json|txt)$|^Makefile$|^\.ci\//.test(path))
  .filter((path) => !path.startsWith("engine/fuzz/corpus/"))
  .map(read)
  .filter((file) => file !== undefined);

function read(path: string): SourceFile | undefined {
  try {
    const text = readFileSync(`${repository}/${path}`, "utf8");
    return { path, text, lines: text.split("\n") };
  } catch {
    return undefined; // Listed, but deleted in the work tree.
  }
}

/** A rule names what is wrong in a file, a line each. */
type Rule = (file: SourceFile) => string[];

const isCpp = ({ path }: SourceFile): boolean => /\.(cpp|h|c)$/.test(path);
const isTypeScript = ({ path }: SourceFile): boolean => path.endsWith(".ts");
const isCode = (file: SourceFile): boolean =>
  isCpp(file) || isTypeScript(file) || file.path.endsWith(".sh");

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

  "function length": (file) => {
    const start = isCpp(file)
      ? /^(?!TEST_CASE)[A-Za-z].*\)[^;=]*\{$/
      : /^(export )?(async )?function .*|^ {2}(static |async )*#?\w+\(.*\{$/;
    if (!isCpp(file) && !isTypeScript(file)) return [];
    return file.lines.flatMap((line, index) => {
      if (!start.test(line)) return [];
      const indent = /^ */.exec(line)![0];
      const end = file.lines.findIndex((other, at) => at > index && other.startsWith(`${indent}}`));
      return end - index > 70 ? [`${index + 1}: ${end - index} lines: ${line.trim()}`] : [];
    });
  },

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
        file,
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

  "any": (file) => isTypeScript(file) ? findings(file, /(:|<|\bas) any\b|\bany\[\]/) : [],

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

  test("every exception is needed", () => {
    assert.deepEqual(exceptions.filter((_, index) => !used.has(index)), []);
  });
});

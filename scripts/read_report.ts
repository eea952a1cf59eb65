/**
 * Reads the JUnit reports of the three test runners: Deno, Bun and doctest.
 *
 * `bun scripts/read_report.ts REPORT` prints a line "PASSED FAILED SKIPPED" and, below it, what
 * failed.
 */
import { readFileSync } from "node:fs";

export interface Report {
  passed: number;
  failed: number;
  skipped: number;
  /** The name of each failed test, with what its runner said about it. */
  failures: string[];
}

const attribute = String.raw`\s+[\w:]+="[^"]*"`;
const testcase = new RegExp(
  String.raw`<testcase((?:${attribute})*)\s*(?:/>|>([^]*?)</testcase>)`,
  "g",
);
const problem = new RegExp(String.raw`<(?:failure|error)((?:${attribute})*)\s*(?:/>|>([^<]*)<)`);

/** Counts the tests of a report. */
export function readReport(xml: string): Report {
  const cases = [...xml.matchAll(testcase)].map(([, attributes, body = ""]) => ({
    name: valueOf(attributes, "name"),
    body,
  }));
  // Deno reports a describe() like its tests, whose names begin with its own.
  const parents = new Set(cases.flatMap(({ name }) => parentsOf(name)));
  const report: Report = { passed: 0, failed: 0, skipped: 0, failures: [] };
  for (const { name, body } of cases) {
    if (parents.has(name)) continue;
    const found = problem.exec(body);
    if (found) {
      report.failed += 1;
      const [, attributes, text = ""] = found;
      report.failures.push(`${name}: ${unescape(text).trim() || valueOf(attributes, "message")}`);
    } else if (/<skipped\b/.test(body)) {
      report.skipped += 1;
    } else {
      report.passed += 1;
    }
  }
  return report;
}

function parentsOf(name: string): string[] {
  const steps = name.split(" > ");
  return steps.slice(1).map((_, index) => steps.slice(0, index + 1).join(" > "));
}

function valueOf(attributes: string, name: string): string {
  return unescape(new RegExp(String.raw`\s${name}="([^"]*)"`).exec(attributes)?.[1] ?? "");
}

const entities: Record<string, string> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

function unescape(text: string): string {
  return text.replace(
    /&(?:(lt|gt|amp|quot|apos)|#(\d+)|#x([\da-f]+));/gi,
    (_, entity, decimal, hexadecimal) =>
      entity
        ? entities[entity.toLowerCase()]
        : String.fromCodePoint(decimal ? Number(decimal) : parseInt(hexadecimal, 16)),
  );
}

if (import.meta.main) {
  const { passed, failed, skipped, failures } = readReport(readFileSync(process.argv[2], "utf8"));
  console.log([`${passed} ${failed} ${skipped}`, ...failures].join("\n"));
}

/** The sources of the repository, and as much of their structure as its style needs. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const repository = fileURLToPath(new URL("../..", import.meta.url));

export interface SourceFile {
  path: string;
  text: string;
  lines: string[];
}

export const files: SourceFile[] = execFileSync("git", ["ls-files", "-co", "--exclude-standard"], {
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

export const isCpp = ({ path }: SourceFile): boolean => /\.(cpp|h|c)$/.test(path);
export const isTypeScript = ({ path }: SourceFile): boolean => path.endsWith(".ts");
export const isCode = (file: SourceFile): boolean =>
  isCpp(file) || isTypeScript(file) || file.path.endsWith(".sh");

export interface FunctionLines {
  /** The number of its first line, from 1, and the text of that line. */
  line: number;
  begin: string;
  length: number;
}

/**
 * The functions of a file, lambdas and callbacks too. Every body opens at the end of a line behind
 * a signature, and closes at the indent of the line with which the signature begins.
 */
export function functionsOf(file: SourceFile): FunctionLines[] {
  const opens = isCpp(file)
    ? /[\w)}]( (const|override|noexcept|mutable))* \{$/
    : /(=>|\)(: [^=]*)?) \{$/;
  // Test cases, groups of tests and types hold other functions.
  const other = isCpp(file)
    ? new RegExp(
      String.raw`^\s*(\} )?(TEST_CASE|namespace|class|struct|enum|union|extern|` +
        String.raw`if|for|while|switch|else|do|case|try|catch)\b`,
    )
    : /^\s*(\} )?(export )?(if|for|while|switch|else|catch|describe|interface)\b|\bdescribe\(/;
  return file.lines.flatMap((line, index) => {
    if (!opens.test(line) || isComment.test(line)) return [];
    const begin = beginOf(file, index);
    const first = file.lines[begin];
    if (other.test(first) || isCpp(file) && !/\(/.test(first)) return [];
    const indent = /^ */.exec(first)![0];
    const end = file.lines.findIndex((later, at) =>
      at > index && later !== "" && (!later.startsWith(indent) || later.startsWith(`${indent}}`))
    );
    // Some lambdas of C++ close where they stand, deeper than their line begins: they are short.
    if (end < 0 || !file.lines[end].startsWith(`${indent}}`)) return [];
    return [{ line: begin + 1, begin: first.trim(), length: end - begin + 1 }];
  });
}

const isComment = /^\s*(\/\/|\*|\/\*)/;

/** The line at which a signature begins that ends at `index`: its parentheses are balanced. */
function beginOf(file: SourceFile, index: number): number {
  const { lines } = file;
  const depth = (text: string): number => text.split("(").length - text.split(")").length;
  let begin = index;
  let open = depth(lines[begin]);
  // The members that a constructor of C++ initialises stand between its parameters and its body.
  const isInitialiser = (at: number): boolean =>
    isCpp(file) && (/^\s*:/.test(lines[at]) || /,$/.test(lines[at - 1]));
  while (begin > 0 && (open < 0 || isInitialiser(begin))) open += depth(lines[--begin]);
  return begin;
}

/** A file without comments and strings, in which words are not code. */
export function withoutText(file: SourceFile): SourceFile {
  const text = file.text.replaceAll(
    /\/\*[^]*?\*\/|\/\/[^\n]*|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\[^])*`/g,
    (found) => found.replaceAll(/[^\n]/g, " "),
  );
  return { ...file, text, lines: text.split("\n") };
}

/**
 * Which files another one names: by an import, by an #include, or, if it is run, in a string or a
 * script. A header that only its own source includes belongs to a module that nobody uses.
 */
export function namedPaths(): Set<string> {
  const named = new Set<string>();
  const paths = files.map(({ path }) => path).filter((path) => /\.(ts|h)$/.test(path));
  for (const { path, text } of files) {
    const folder = path.slice(0, path.lastIndexOf("/") + 1);
    for (const [name] of text.matchAll(/[\w./-]+\.(ts|h)\b/g)) {
      const wanted = name.replace(/^(\.\.?\/)+/, "");
      const isOwn = (other: string): boolean =>
        other === path || other.replace(/\.h$/, ".cpp") === path;
      const near = paths.filter((other) => other.startsWith(folder) && other.endsWith(wanted));
      for (const other of name.endsWith(".h") || near.length === 0 ? paths : near) {
        if (`/${other}`.endsWith(`/${wanted}`) && !isOwn(other)) named.add(other);
      }
    }
  }
  return named;
}

/** The documentation of the public types, member by member, as `deno doc` reads it. */
import { spawnSync } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** A type as written; what `value` holds depends on the kind. */
interface DocType {
  repr: string;
  kind: string;
  value: unknown;
}

/** Kinds that are made of other types. */
const compound = ["array", "intersection", "parenthesized", "union"];

interface Comment {
  doc?: string;
  tags?: { kind: string; doc?: string }[];
}

interface DocMember {
  name: string;
  kind?: string;
  jsDoc?: Comment;
  tsType?: DocType;
  returnType?: DocType;
  params?: { name: string; tsType?: DocType }[];
}

interface Declaration {
  kind: string;
  jsDoc?: Comment;
  def: { tsType?: DocType; properties?: DocMember[]; methods?: DocMember[] };
}

/** A field of a type, or a getter. */
export interface Field {
  /** Such as `ProducerScore.ssrc`. */
  path: string;
  name: string;
  comment: string;
  isNumber: boolean;
}

/** A method of an interface that is for applications. */
export interface Method {
  path: string;
  /** Without the tags. */
  comment: string;
  /** What comes behind `@throws`, `@returns` and `@param`. */
  tags: string;
  throws: string;
  isAsync: boolean;
  parameters: { name: string; isNumber: boolean }[];
}

/** An interface with its methods. */
export interface Described {
  name: string;
  comment: string;
  methods: Method[];
}

const partsOf = (type: DocType): DocType[] => [type.value].flat() as DocType[];

/** A number, a list of them, or either beside something else; also when it is promised. */
function isNumber(type?: DocType): boolean {
  if (type === undefined) return false;
  if (compound.includes(type.kind)) return partsOf(type).some(isNumber);
  if (type.repr !== "Promise") return type.kind === "keyword" && type.repr === "number";
  return isNumber((type.value as { typeParams?: DocType[] }).typeParams?.[0]);
}

/** Fields of a literal, wherever it stands in the type. */
function fieldsOf(path: string, type?: DocType): Field[] {
  if (type === undefined) return [];
  if (compound.includes(type.kind)) return partsOf(type).flatMap((it) => fieldsOf(path, it));
  if (type.kind !== "typeLiteral") return [];
  return toFields(path, (type.value as { properties?: DocMember[] }).properties);
}

function toFields(path: string, members: DocMember[] = []): Field[] {
  return members.flatMap(({ name, jsDoc, tsType, returnType }) => [
    {
      path: `${path}.${name}`,
      name,
      comment: textOf(jsDoc),
      isNumber: isNumber(tsType ?? returnType),
    },
    ...fieldsOf(`${path}.${name}`, tsType),
  ]);
}

function toMethod(path: string, { name, jsDoc, returnType, params = [] }: DocMember): Method {
  const tags = jsDoc?.tags ?? [];
  return {
    path: `${path}.${name}`,
    comment: jsDoc?.doc ?? "",
    tags: tags.map((tag) => tag.doc).join("\n"),
    throws: tags.filter(({ kind }) => kind === "throws").map((tag) => tag.doc).join("\n"),
    isAsync: returnType?.repr === "Promise",
    parameters: params.map((it) => ({ name: it.name, isNumber: isNumber(it.tsType) })),
  };
}

const textOf = (comment?: Comment): string => comment?.doc ?? "";

const isPrivate = ({ jsDoc }: DocMember): boolean =>
  jsDoc?.tags?.some(({ kind }) => kind === "private") ?? false;

/** What `sfu/types.ts` exports. */
export function publicDocs(): { fields: Field[]; interfaces: Described[] } {
  const { stdout } = spawnSync("node_modules/.bin/deno", ["doc", "--json", "sfu/types.ts"], {
    cwd: fileURLToPath(new URL("../..", import.meta.url)),
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
    maxBuffer: 2 ** 26,
  });
  const [{ symbols }] = Object.values(JSON.parse(stdout).nodes) as {
    symbols: { name: string; declarations: Declaration[] }[];
  }[];
  const fields: Field[] = [];
  const interfaces: Described[] = [];
  for (const { name, declarations: [{ kind, jsDoc, def }] } of symbols) {
    const open = (def.methods ?? []).filter((it) => !isPrivate(it));
    const getters = open.filter((it) => it.kind === "getter");
    fields.push(...fieldsOf(name, def.tsType), ...toFields(name, def.properties));
    fields.push(...toFields(name, getters));
    if (kind !== "interface") continue;
    const methods = open.filter((it) => it.kind === "method").map((it) => toMethod(name, it));
    interfaces.push({ name, comment: textOf(jsDoc), methods });
  }
  return { fields, interfaces };
}

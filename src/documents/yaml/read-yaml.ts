import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Document,
  type Node,
  type YAMLError,
} from 'yaml';
import type { Finding, Json, JsonObject, Reading } from '../model.js';
import { type Path, YamlSource } from './yaml-source.js';

/** Bytes of a file. */
export const MAX_FILE_BYTES = 262_144;
/** Values of a file, each repetition by an alias counted. */
const MAX_VALUES = 20_000;
const MAX_DEPTH = 64;

class Refusal extends Error {
  constructor(
    message: string,
    readonly offset: number,
  ) {
    super(message);
  }
}

/**
 * Reads a file with one YAML document, or JSON. Refused, each with its place: what is not YAML 1.2, keys that are there
 * twice, files over 256 KiB, aliases that multiply, tags, and values that JSON does not have.
 */
export function readYaml(file: string, text: string): Reading<YamlSource> {
  const refuse = (message: string, line = 1, column = 1): Reading<YamlSource> => ({
    value: undefined,
    errors: [{ file, line, column, message }],
    warnings: [],
  });
  if (Buffer.byteLength(text) > MAX_FILE_BYTES) return refuse('The file has more than 256 KiB');
  const lines = new LineCounter();
  const at = (offset: number): Pick<Finding, 'line' | 'column'> => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  try {
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
    const problems = [...document.errors, ...document.warnings];
    if (problems.length > 0) {
      const errors = withoutFollowing(problems).map((each) => ({
        file,
        ...at(each.pos[0]),
        message: sentenceOf(each.code, each.message),
      }));
      return { value: undefined, errors, warnings: [] };
    }
    const converter = new Converter(document);
    const tree = converter.convert(document.contents, [], 0);
    return { value: new YamlSource(file, tree, converter.places, at), errors: [], warnings: [] };
  } catch (error) {
    if (error instanceof Refusal) {
      const { line, column } = at(error.offset);
      return refuse(error.message, line, column);
    }
    if (error instanceof RangeError)
      return refuse(`The values are nested more than ${MAX_DEPTH} levels deep`);
    throw error;
  }
}

/** Errors that mean what they say, and the first of the others: what a parser says after that one is guesswork. */
function withoutFollowing(problems: readonly YAMLError[]): YAMLError[] {
  const first = problems.find(({ code }) => !CERTAIN.includes(code));
  return problems.filter((each) => each === first || CERTAIN.includes(each.code)).slice(0, 20);
}

const CERTAIN = ['DUPLICATE_KEY', 'MULTIPLE_DOCS', 'TAG_RESOLVE_FAILED'];
const PLAINLY: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'lines are indented with spaces, never with tabs',
  MULTILINE_IMPLICIT_KEY: 'the name in this line has no `:` after it, or a text is not indented',
  BLOCK_AS_IMPLICIT_KEY: 'a text with `: ` in it stands in quotes',
  BAD_INDENT: 'the fields of a mapping, and the items of a list, start at the same column',
  MISSING_CHAR: 'a quote, bracket or comma is missing',
};

function sentenceOf(code: string, message: string): string {
  if (code === 'DUPLICATE_KEY') return 'The key is there twice';
  if (code === 'MULTIPLE_DOCS') return 'A file has one document: put the next one into a file of its own';
  if (code === 'TAG_RESOLVE_FAILED') return 'Tags such as `!name` have no meaning here';
  return `This is not YAML: ${PLAINLY[code] ?? message}`;
}

/** Turns nodes into JSON, and notes where each value is. */
class Converter {
  readonly places = new Map<string, { key: number; value: number }>();
  private values = 0;

  constructor(private readonly document: Document.Parsed) {}

  convert(node: unknown, path: Path, depth: number, key?: number): Json {
    const value = node as Node | null;
    const start = value?.range?.[0] ?? key ?? 0;
    if (!this.places.has(JSON.stringify(path)))
      this.places.set(JSON.stringify(path), { key: key ?? start, value: start });
    this.values += 1;
    if (this.values > MAX_VALUES)
      throw new Refusal(`The file has more than ${MAX_VALUES} values, aliases counted each time`, start);
    if (depth > MAX_DEPTH)
      throw new Refusal(`The values are nested more than ${MAX_DEPTH} levels deep`, start);
    if (value === null) return null;
    if (isAlias(value)) {
      const target = value.resolve(this.document);
      if (!target) throw new Refusal(`There is no \`&${value.source}\` before this alias`, start);
      return this.convert(target, path, depth + 1, start);
    }
    if (isSeq(value))
      return value.items.map((item, index) => this.convert(item, [...path, index], depth + 1));
    if (isMap(value)) return this.mapping(value.items, path, depth);
    if (isScalar(value)) return scalarOf(value.value, start);
    throw new Refusal('This is not a value', start);
  }

  private mapping(pairs: readonly { key: unknown; value: unknown }[], path: Path, depth: number): JsonObject {
    const entries: [string, Json][] = [];
    for (const pair of pairs) {
      const key = isAlias(pair.key) ? pair.key.resolve(this.document) : pair.key;
      const start = (pair.key as Node).range?.[0] ?? 0;
      if (!isScalar(key)) throw new Refusal('A key is a text', start);
      const name = typeof key.value === 'string' ? key.value : (key.source ?? String(key.value));
      if (name === '__proto__') throw new Refusal('A key cannot have this name', start);
      if (entries.some(([earlier]) => earlier === name)) throw new Refusal('The key is there twice', start);
      entries.push([name, this.convert(pair.value, [...path, name], depth + 1, start)]);
    }
    return Object.fromEntries(entries);
  }
}

function scalarOf(value: unknown, offset: number): Json {
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new Refusal('Write a number, or a text in quotes', offset);
    if (Number.isInteger(value) && !Number.isSafeInteger(value))
      throw new Refusal(
        'A whole number has at most 15 digits: write a longer one as a text in quotes',
        offset,
      );
    return value;
  }
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  throw new Refusal('Write a text, a number, true, false, a list or a mapping', offset);
}

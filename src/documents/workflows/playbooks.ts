import { Imports } from '../ansible/imports.js';
import { playbookProblems } from '../ansible/read-playbook.js';
import type { Files, Json } from '../model.js';
import { isObject, type Reader } from '../reader.js';
import type { Path } from '../yaml/yaml-source.js';
import { readYaml } from '../yaml/read-yaml.js';
import type { StepInput } from './step-input.js';

/** The names of the fields for a file, and for the plays themselves. */
const FIELDS = [
  ['playbook', 'plays'],
  ['undo', 'undo_plays'],
] as const;

/**
 * Puts the playbooks of a step into its input, with the files that they import in their places, so that a run keeps them as they were. What looks like a reference of a workflow there
 * is refused, and nothing is filled in.
 */
export function withPlaybooks(reader: Reader, input: StepInput, files: Files): StepInput {
  const value = { ...input.value };
  const places = new Map<string, Path>();
  for (const [file, field] of FIELDS) {
    const given = value[file] === undefined ? field : file;
    const at = input.at([given]);
    if (given === file && value[field] !== undefined)
      reader.errorAtKey(at, `\`${file}\` and \`${field}\` mean the same: use one of them`, file);
    const plays = given === file ? playsOf(reader, at, value[file], files) : value[field];
    if (plays === undefined) continue;
    for (const { at: where, rule } of playbookProblems(plays, { field: given }))
      reader.error(at, `\`${where}\` ${rule}`);
    delete value[file];
    value[field] = escaped(plays, (name) =>
      reader.error(
        at,
        `\`${given}\` has a reference of a workflow, \`${name}\`: give the value by \`variables\``,
      ),
    );
    places.set(field, at);
  }
  return { value, at: (way) => places.get(String(way[0])) ?? input.at(way) };
}

/** The plays of a file of the provider. Undefined: there is none, or it cannot be read. */
function playsOf(reader: Reader, at: Path, file: Json | undefined, files: Files): Json | undefined {
  if (typeof file !== 'string') {
    reader.error(at, '`playbook` must be a text');
    return undefined;
  }
  const path = file.replace(/^(\.\/)+/, '');
  const read = (name: string): Json | undefined => {
    const text = files.get(name);
    if (text === undefined) return undefined;
    const { value, errors } = readYaml(name, text);
    for (const { line, message } of errors)
      reader.error(at, `\`${name}\` cannot be read, line ${line}. ${message}`);
    return value?.tree ?? [];
  };
  const plays = read(path);
  if (plays === undefined) {
    reader.warning(at, `The provider has no file \`${path}\`: a run is refused`);
    return undefined;
  }
  return new Imports(read, (where, rule) => reader.error(at, `\`${where}\` ${rule}`)).inPlays(plays, path);
}

/** With what looks like a reference as the text that it is. */
function escaped(value: Json, refuse: (reference: string) => void): Json {
  if (typeof value === 'string') {
    const [reference] = /\$\{\s*(inputs|steps|resources)\.[^}]*\}?|\{\{-?\s*\.[A-Za-z]+/.exec(value) ?? [];
    if (reference !== undefined) refuse(reference);
    return value.replaceAll('${', () => '$${');
  }
  if (Array.isArray(value)) return value.map((each) => escaped(each, refuse));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, escaped(each, refuse)]));
}

import type { Finding, Json, JsonObject, Place, Reading } from './model.js';
import { nearest } from './nearest.js';
import type { Path, YamlSource } from './yaml/yaml-source.js';

/** Reads the fields of one document, and collects what is wrong with them. */
export class Reader {
  readonly errors: Finding[] = [];
  readonly warnings: Finding[] = [];

  constructor(readonly source: YamlSource) {}

  /** The document's value; undefined if there are errors. */
  reading<T>(value: T | undefined): Reading<T> {
    return {
      value: this.errors.length === 0 ? value : undefined,
      errors: this.errors,
      warnings: this.warnings,
    };
  }

  error(path: Path, message: string, suggestion?: string): void {
    this.errors.push(finding(this.source.place(path), message, suggestion));
  }

  errorAtKey(path: Path, message: string, suggestion?: string): void {
    this.errors.push(finding(this.source.placeOfKey(path), message, suggestion));
  }

  warning(path: Path, message: string, suggestion?: string): void {
    this.warnings.push(finding(this.source.placeOfKey(path), message, suggestion));
  }

  /** A mapping whose fields are all known. */
  fields(
    value: Json | undefined,
    path: Path,
    known: readonly string[],
    what: string,
  ): JsonObject | undefined {
    if (!isObject(value)) {
      this.error(path, `${what} must be a mapping`);
      return undefined;
    }
    for (const name of Object.keys(value))
      if (!known.includes(name))
        this.errorAtKey([...path, name], `${what} has no field \`${name}\``, nearest(name, known));
    return value;
  }

  /** A field that is a text; undefined if it is not there. */
  text(fields: JsonObject, path: Path, name: string): string | undefined {
    const value = fields[name];
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'string' && value.trim() !== '') return value;
    this.error(
      [...path, name],
      `\`${name}\` must be a text`,
      typeof value === 'number' ? `"${value}"` : undefined,
    );
    return undefined;
  }

  requiredText(fields: JsonObject, path: Path, name: string, what: string): string | undefined {
    if (fields[name] === undefined || fields[name] === null)
      this.errorAtKey(path, `${what} needs \`${name}\``);
    return this.text(fields, path, name);
  }

  /** A field that is a list; empty if it is not there. */
  list(fields: JsonObject, path: Path, name: string): Json[] {
    const value = fields[name];
    if (value === undefined || value === null) return [];
    if (Array.isArray(value)) return value;
    this.error([...path, name], `\`${name}\` must be a list`);
    return [];
  }

  texts(fields: JsonObject, path: Path, name: string): string[] {
    return this.list(fields, path, name).flatMap((item, index) => {
      if (typeof item === 'string') return [item];
      this.error([...path, name, index], `\`${name}\` is a list of texts`);
      return [];
    });
  }

  /** A field with one of a few values. */
  choice<T extends string>(
    fields: JsonObject,
    path: Path,
    name: string,
    choices: readonly T[],
  ): T | undefined {
    const value = fields[name];
    if (value === undefined || value === null) return undefined;
    const choice = choices.find((each) => each === value);
    if (choice !== undefined) return choice;
    const near = typeof value === 'string' ? nearest(value, choices) : undefined;
    this.error(
      [...path, name],
      `\`${name}\` must be one of ${choices.map((each) => `\`${each}\``).join(', ')}`,
      near,
    );
    return undefined;
  }
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function finding(place: Place, message: string, suggestion?: string): Finding {
  return { ...place, message, ...(suggestion === undefined ? {} : { suggestion }) };
}

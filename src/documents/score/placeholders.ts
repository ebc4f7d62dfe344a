import type { Json, JsonObject } from '../model.js';
import { nearest } from '../nearest.js';
import { isObject, type Reader } from '../reader.js';
import { FillError, lookUp } from '../references/fill.js';
import { type Filled, type FilledObject, isUnknown, UNKNOWN } from '../references/unknown.js';
import type { Path } from '../yaml/yaml-source.js';

/** `$$` is `$`, and `${…}` is a placeholder. */
const PLACEHOLDER = /\$(?:\$|\{([^{}]*)\})/g;

/** Checks the placeholders of a Score file: `${metadata.name}` and `${resources.NAME.OUTPUT}`. */
export function checkPlaceholders(
  reader: Reader,
  value: Json,
  path: Path,
  resources: readonly string[],
): void {
  if (typeof value === 'object' && value !== null)
    for (const [key, child] of Object.entries(value))
      checkPlaceholders(reader, child, [...path, Array.isArray(value) ? Number(key) : key], resources);
  if (typeof value !== 'string') return;
  for (const [text, name] of value.matchAll(PLACEHOLDER)) {
    if (name === undefined || name.trim() === 'metadata.name') continue;
    const [root, resource = '', ...outputs] = name.trim().split('.');
    const isResource = root === 'resources' && outputs.length > 0 && outputs.every((each) => each !== '');
    if (isResource && resources.includes(resource)) continue;
    const near = isResource ? nearest(resource, resources) : undefined;
    reader.error(
      path,
      isResource
        ? `\`${text}\` names nothing: there is no resource \`${resource}\``
        : `\`${text}\` is not a placeholder of a Score file: write \`\${metadata.name}\` or \`\${resources.NAME.OUTPUT}\`, and \`$$\` for \`$\``,
      near === undefined ? undefined : `\${resources.${[near, ...outputs].join('.')}}`,
    );
  }
}

/** A placeholder `${resources.NAME.OUTPUT}`, and where it is. */
export interface OutputPlaceholder {
  text: string;
  resource: string;
  output: string;
  path: Path;
}

/** The placeholders in a value that name outputs of resources. */
export function outputsIn(value: Json, path: Path): OutputPlaceholder[] {
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).flatMap(([key, child]) =>
      outputsIn(child, [...path, Array.isArray(value) ? Number(key) : key]),
    );
  if (typeof value !== 'string') return [];
  return [...value.matchAll(PLACEHOLDER)].flatMap(([text, name = '']) => {
    const [root, resource = '', output = ''] = name.trim().split('.');
    return root === 'resources' ? [{ text, resource, output, path }] : [];
  });
}

/** What placeholders stand for. */
export interface ScoreScope {
  /** `metadata.name`. */
  app: string;
  /** The outputs of resources, by the names that the file has for them. */
  resources: { readonly [name: string]: Filled };
}

/**
 * The parameters of a resource with their placeholders filled in. They are values then, and never read as references.
 * Throws a FillError if a resource has no such output.
 */
export function fillParams(params: JsonObject, scope: ScoreScope): FilledObject {
  return filled(params, scope, []) as FilledObject;
}

function filled(value: Json, scope: ScoreScope, path: Path): Filled {
  if (Array.isArray(value)) return value.map((item, index) => filled(item, scope, [...path, index]));
  if (isObject(value))
    return Object.fromEntries(
      Object.entries(value).map(([key, child]) => [key, filled(child, scope, [...path, key])]),
    );
  if (typeof value !== 'string') return value;
  const matches = [...value.matchAll(PLACEHOLDER)];
  if (matches.length === 1 && matches[0]?.[0] === value && matches[0][1] !== undefined)
    return valueOf(matches[0][1], scope, path);
  const values = matches.map(([, name]) => (name === undefined ? '$' : valueOf(name, scope, path)));
  if (values.some(isUnknown)) return UNKNOWN;
  let index = 0;
  return value.replace(PLACEHOLDER, (text) => {
    const each = values[index++];
    if (each !== null && typeof each !== 'object') return String(each);
    throw new FillError(`\`${text}\` is not a single value: it cannot stand inside a text`, path);
  });
}

function valueOf(name: string, { app, resources }: ScoreScope, path: Path): Filled {
  if (name.trim() === 'metadata.name') return app;
  const scope = { inputs: {}, steps: {}, resources, app: {}, team: '', requester: '', run: { id: '' } };
  const value = lookUp(scope, name.trim().split('.'));
  if (value === undefined) throw new FillError(`\`\${${name}}\` has no value`, path);
  return value;
}

import type { Json, JsonObject, Reading } from '../model.js';
import { isObject, Reader } from '../reader.js';
import { readYaml } from '../yaml/read-yaml.js';
import type { Path } from '../yaml/yaml-source.js';
import { checkPlaceholders } from './placeholders.js';

/** What a Score file asks for. */
export interface Score {
  /** `metadata.name`: the application. */
  app: string;
  /** The resources, each once, in the order of the file. */
  resources: ScoreResource[];
}

/** One resource that an application needs. */
export interface ScoreResource {
  /** The names that the file has for it: more than one if type, class and id are the same. */
  names: string[];
  type: string;
  /** `default` if the file does not say. */
  class: string;
  /** Resources of one type, class and id are one resource. */
  id?: string;
  /** The parameters as the file has them, with placeholders: `fillParams` fills them in. */
  params: JsonObject;
}

const WORKLOAD = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const TYPE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;

/** Reads a Score file, `score.dev/v1b1`: the application's name and the resources that it needs. */
export function readScore(file: string, text: string): Reading<Score> {
  const source = readYaml(file, text);
  if (!source.value) return { value: undefined, errors: source.errors, warnings: source.warnings };
  const reader = new Reader(source.value);
  const root = reader.fields(
    source.value.tree,
    [],
    ['apiVersion', 'metadata', 'containers', 'service', 'resources'],
    'A Score file',
  );
  if (!root) return reader.reading<Score>(undefined);
  if (root.apiVersion !== 'score.dev/v1b1')
    reader.error(
      root.apiVersion === undefined ? [] : ['apiVersion'],
      '`apiVersion` must be `score.dev/v1b1`',
      'apiVersion: score.dev/v1b1',
    );
  const app = appOf(reader, root);
  if (root.containers !== undefined && !isObject(root.containers))
    reader.error(['containers'], '`containers` must be a mapping');
  const resources = resourcesOf(reader, root);
  return reader.reading<Score>({ app: app ?? '', resources });
}

function appOf(reader: Reader, root: JsonObject): string | undefined {
  if (!isObject(root.metadata)) {
    reader.error(['metadata'], 'A Score file needs `metadata` with `name`', 'metadata: {name: …}');
    return undefined;
  }
  const name = reader.requiredText(root.metadata, ['metadata'], 'name', '`metadata`');
  if (name !== undefined && !WORKLOAD.test(name))
    reader.error(
      ['metadata', 'name'],
      'The name of an application has at most 63 small letters, digits and `-`',
    );
  return name;
}

function resourcesOf(reader: Reader, root: JsonObject): ScoreResource[] {
  const { resources } = root;
  if (resources === undefined || resources === null) return [];
  if (!isObject(resources)) {
    reader.error(['resources'], '`resources` must be a mapping of names to resources');
    return [];
  }
  const found: ScoreResource[] = [];
  for (const [name, item] of Object.entries(resources)) {
    const path = ['resources', name];
    if (!NAME.test(name))
      reader.errorAtKey(path, 'The name of a resource has at most 63 letters, digits, `_` and `-`');
    const resource = resourceOf(reader, name, item, path, Object.keys(resources));
    if (!resource) continue;
    const same = found.find(
      (each) =>
        resource.id !== undefined &&
        each.id === resource.id &&
        each.type === resource.type &&
        each.class === resource.class,
    );
    if (!same) found.push(resource);
    else if (Object.keys(resource.params).length === 0) same.names.push(name);
    else if (
      Object.keys(same.params).length === 0 ||
      JSON.stringify(same.params) === JSON.stringify(resource.params)
    ) {
      same.names.push(name);
      same.params = resource.params;
    } else
      reader.errorAtKey(
        path,
        `\`${name}\` and \`${same.names[0]}\` are one resource, because type, class and id are the same: they cannot have different \`params\``,
      );
  }
  return found;
}

function resourceOf(
  reader: Reader,
  name: string,
  item: Json,
  path: Path,
  names: string[],
): ScoreResource | undefined {
  const fields = reader.fields(
    item,
    path,
    ['type', 'class', 'id', 'metadata', 'params', 'properties'],
    'A resource',
  );
  if (!fields) return undefined;
  const type = reader.requiredText(fields, path, 'type', 'A resource');
  const id = reader.text(fields, path, 'id');
  if (id !== undefined && !TYPE.test(id))
    reader.error([...path, 'id'], 'The id of a resource has at most 63 letters, digits, `.`, `_` and `-`');
  const resourceClass = reader.text(fields, path, 'class') ?? 'default';
  if (!TYPE.test(resourceClass))
    reader.error(
      [...path, 'class'],
      'The class of a resource has at most 63 letters, digits, `.`, `_` and `-`',
    );
  if (type !== undefined && !TYPE.test(type))
    reader.error([...path, 'type'], 'The type of a resource has letters, digits, `.`, `_` and `-`');
  if (fields.properties !== undefined) {
    if (fields.params !== undefined)
      reader.errorAtKey(
        [...path, 'properties'],
        '`properties` and `params` mean the same: use `params`',
        'params',
      );
    else reader.warning([...path, 'properties'], 'Score calls this field `params`', 'params');
  }
  const field = fields.params === undefined ? 'properties' : 'params';
  const given = fields[field] ?? {};
  if (!isObject(given)) {
    reader.error([...path, field], `\`${field}\` must be a mapping`);
    return undefined;
  }
  checkPlaceholders(reader, given, [...path, field], names);
  if (type === undefined) return undefined;
  return { names: [name], type, class: resourceClass, ...(id === undefined ? {} : { id }), params: given };
}

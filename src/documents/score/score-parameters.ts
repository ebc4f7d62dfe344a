import type { JsonObject, Reading, ResourceType } from '../model.js';
import { Reader } from '../reader.js';
import { FillError } from '../references/fill.js';
import { isKnown } from '../references/unknown.js';
import { readYaml } from '../yaml/read-yaml.js';
import type { Path } from '../yaml/yaml-source.js';
import { outputsIn, fillParams } from './placeholders.js';
import { readScore, type Score, type ScoreResource } from './read-score.js';
import { type OfferedType, resolveType } from './resolve-type.js';
import { checkWanted, type WantedResource } from './wanted-resources.js';

/** What a Score file gives a run of a workflow. */
export interface ScoreParameters {
  application: string;
  /** The `params` of the resources that the workflow itself creates: parameters of the workflow, with their types. */
  parameters: JsonObject;
  /** The other ones, which providers make: each after those to whose outputs it refers. */
  resources: WantedResource[];
}

/**
 * Reads a Score file for a workflow that creates resources of the types `provides`; those of other types are what providers offer. Refused,
 * each with its place: a type that nobody offers, two resources that give one parameter different values, params against the rules of the
 * provider, and outputs that there are not, or only later.
 */
export function readScoreParameters(
  file: string,
  text: string,
  provides: readonly ResourceType[],
  offered: readonly OfferedType[] = [],
): Reading<ScoreParameters> {
  const { value: score, errors, warnings } = readScore(file, text);
  const source = readYaml(file, text).value;
  if (!score || !source) return { value: undefined, errors, warnings };
  const reader = new Reader(source);
  const parameters: JsonObject = {};
  const wanted: WantedResource[] = [];
  for (const resource of score.resources) {
    if (isOwn(resource, provides)) addParameters(reader, parameters, score, resource);
    else {
      const found = resolved(reader, resource, provides, offered);
      if (found) wanted.push({ ...resource, key: keyOf(score.app, resource), offered: found });
    }
  }
  const own = score.resources.filter((each) => isOwn(each, provides)).flatMap(({ names }) => names);
  const resources = checkWanted(reader, score.app, wanted, own);
  const value = { application: score.app, parameters, resources };
  return { ...reader.reading<ScoreParameters>(value), warnings };
}

/** Where the file has the params. Of one with `properties`, the nearest place is told. */
export const paramsOf = ({ names: [name = ''] }: Pick<ScoreResource, 'names'>): Path => [
  ...['resources', name, 'params'],
];

const isOwn = ({ type, class: wanted }: ScoreResource, provides: readonly ResourceType[]): boolean =>
  provides.some((each) => each.type === type && (each.class === undefined || each.class === wanted));

/** As Score says what is the same resource: type, class, and the id, or the application and the name. */
const keyOf = (app: string, { type, class: wanted, id, names: [name = ''] }: ScoreResource): string =>
  `${type}.${wanted}${id === undefined ? `${SOLE}${app}.${name}` : `@${id}`}`;

/** Stands in the key of a resource without an id, in no type and no class. */
const SOLE = '#';

/** Whether a resource is one of its application only: only that one's file says whether it is needed. */
export const isSole = (key: string): boolean => key.includes(SOLE);

function resolved(
  reader: Reader,
  { type, class: wanted, names: [name = ''] }: ScoreResource,
  provides: readonly ResourceType[],
  offered: readonly OfferedType[],
): OfferedType | undefined {
  // the types of the workflow are known as well, for suggestions
  const own = provides.map((each) => ({ provider: '', distance: 0, type: each }) as OfferedType);
  const found = resolveType(type, wanted, [...own, ...offered]);
  if (!('field' in found)) return found;
  // a file that does not say the class has no place for it
  const field = wanted === 'default' ? 'type' : found.field;
  reader.error(['resources', name, field], found.message, found.suggestion);
  return undefined;
}

function addParameters(reader: Reader, parameters: JsonObject, score: Score, resource: ScoreResource): void {
  for (const [name, value] of Object.entries(filled(reader, score, resource))) {
    const known = Object.hasOwn(parameters, name) ? parameters[name] : value;
    if (JSON.stringify(known) !== JSON.stringify(value))
      reader.errorAtKey(
        [...paramsOf(resource), name],
        `Another resource gives the parameter \`${name}\` a different value: a run has one`,
      );
    parameters[name] = value;
  }
}

/** The params of a resource of the workflow itself with their placeholders filled in; none if that is not possible. */
function filled(reader: Reader, { app }: Score, resource: ScoreResource): JsonObject {
  const [output] = outputsIn(resource.params, paramsOf(resource));
  if (output) {
    reader.error(
      output.path,
      `\`${output.text}\` has no value before the run, and these are parameters of the run`,
    );
    return {};
  }
  try {
    const values = fillParams(resource.params, { app, resources: {} });
    return isKnown(values) ? values : {};
  } catch (error) {
    if (!(error instanceof FillError)) throw error;
    reader.error([...paramsOf(resource), ...error.path], error.message);
    return {};
  }
}

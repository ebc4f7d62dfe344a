import type { JsonObject, Reading, ResourceType } from '../model.js';
import { nearest } from '../nearest.js';
import { Reader } from '../reader.js';
import { FillError } from '../references/fill.js';
import { isKnown } from '../references/unknown.js';
import { readYaml } from '../yaml/read-yaml.js';
import type { Path } from '../yaml/yaml-source.js';
import { fillParams } from './placeholders.js';
import { readScore, type Score, type ScoreResource } from './read-score.js';

/** What a Score file gives a run of a workflow. */
export interface ScoreParameters {
  application: string;
  /** The `params` of its resources: parameters of the workflow, with their types. */
  parameters: JsonObject;
}

/**
 * Reads a Score file for a workflow that creates resources of the types `provides`. Refused, each with its place: a resource of another type,
 * two resources that give one parameter different values, and an output of a resource, which nobody knows before the run.
 */
export function readScoreParameters(
  file: string,
  text: string,
  provides: readonly ResourceType[],
): Reading<ScoreParameters> {
  const { value: score, errors, warnings } = readScore(file, text);
  const source = readYaml(file, text).value;
  if (!score || !source) return { value: undefined, errors, warnings };
  const reader = new Reader(source);
  const parameters: JsonObject = {};
  for (const resource of score.resources) {
    if (!isProvided(reader, resource, provides)) continue;
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
  return { ...reader.reading<ScoreParameters>({ application: score.app, parameters }), warnings };
}

/** Where the file has the params. Of one with `properties`, the nearest place is told. */
const paramsOf = ({ names: [name = ''] }: ScoreResource): Path => ['resources', name, 'params'];

function isProvided(reader: Reader, resource: ScoreResource, provides: readonly ResourceType[]): boolean {
  const { type, class: wanted, names } = resource;
  if (provides.some((each) => each.type === type && (each.class === undefined || each.class === wanted)))
    return true;
  const types = [...new Set(provides.map((each) => each.type))];
  const only = types.map((each) => `\`${each}\``).join(', ');
  const what = types.includes(type) ? `type \`${type}\` and the class \`${wanted}\`` : `type \`${type}\``;
  reader.error(
    ['resources', names[0] ?? '', 'type'],
    types.length === 0
      ? `This workflow creates no resources: a Score file tells it the application, and nothing of \`${type}\``
      : `This workflow creates no resources of the ${what}, only ${only}`,
    nearest(type, types),
  );
  return false;
}

/** The params with their placeholders filled in; none if that is not possible. */
function filled(reader: Reader, { app }: Score, resource: ScoreResource): JsonObject {
  try {
    const values = fillParams(resource.params, { app, resources: {} });
    return isKnown(values) ? values : {};
  } catch (error) {
    if (!(error instanceof FillError)) throw error;
    reader.error([...paramsOf(resource), ...error.path], `${error.message} before the run`);
    return {};
  }
}

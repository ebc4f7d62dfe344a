import { checkKnown } from '../expand/inputs.js';
import type { JsonObject } from '../model.js';
import { nearest } from '../nearest.js';
import type { Reader } from '../reader.js';
import { FillError } from '../references/fill.js';
import { type FilledObject, UNKNOWN } from '../references/unknown.js';
import type { Path } from '../yaml/yaml-source.js';
import { fillParams, outputsIn } from './placeholders.js';
import type { ScoreResource } from './read-score.js';
import type { OfferedType } from './resolve-type.js';

/** A resource of a Score file that a provider makes. */
export interface WantedResource extends ScoreResource {
  /** What it is the same resource by, for the team. */
  key: string;
  offered: OfferedType;
}

/** How many resources of a Score file providers make for one run. */
export const MAX_RESOURCES = 50;

/**
 * The resources in the order in which they are made: those to whose outputs others refer come first, otherwise the order of the file. `own` has
 * the names of resources that the workflow itself makes, which is later.
 */
export function checkWanted(
  reader: Reader,
  app: string,
  wanted: readonly WantedResource[],
  own: readonly string[],
): WantedResource[] {
  if (wanted.length > MAX_RESOURCES)
    reader.errorAtKey(['resources'], `A run makes at most ${MAX_RESOURCES} resources of a Score file`);
  for (const resource of wanted) {
    checkParams(reader, app, resource);
    checkOutputs(reader, resource, wanted, own);
  }
  return ordered(reader, wanted);
}

const pathOf = ({ names: [name = ''] }: ScoreResource): Path => ['resources', name, 'params'];

/** The params by the rules of the workflow that creates such a resource, as far as they are known. */
function checkParams(reader: Reader, app: string, resource: WantedResource): void {
  // what another file says of it counts
  if (resource.id !== undefined && Object.keys(resource.params).length === 0) return;
  const { parameters } = resource.offered.create;
  const fields = Object.keys(parameters.properties ?? {});
  const given = knownParams(reader, app, resource);
  if (!given) return;
  for (const { path, message, keyword, unknown } of checkKnown(parameters, given).problems) {
    const at = [...pathOf(resource), ...path];
    if (unknown !== undefined)
      reader.errorAtKey(
        at,
        `Resources of the type \`${resource.type}\` have no parameter \`${unknown}\``,
        nearest(unknown, fields),
      );
    else if (keyword === 'required')
      reader.errorAtKey(
        ['resources', resource.names[0] ?? ''],
        `Resources of the type \`${resource.type}\` need the parameter \`${String(path.at(-1))}\``,
      );
    else reader.error(at, `Parameter \`${path.join('.')}\`: ${message}`);
  }
}

/** Outputs of other resources are unknown. */
function knownParams(reader: Reader, app: string, resource: WantedResource): FilledObject | undefined {
  const names = outputsIn(resource.params, []).map((each) => [each.resource, UNKNOWN] as const);
  try {
    return fillParams(resource.params, { app, resources: Object.fromEntries(names) });
  } catch (error) {
    if (!(error instanceof FillError)) throw error;
    reader.error([...pathOf(resource), ...error.path], error.message);
    return undefined;
  }
}

function checkOutputs(
  reader: Reader,
  resource: WantedResource,
  wanted: readonly WantedResource[],
  own: readonly string[],
): void {
  for (const { text, resource: name, output, path } of outputsIn(resource.params, pathOf(resource))) {
    if (own.includes(name))
      reader.error(
        path,
        `\`${text}\`: the workflow itself makes \`${name}\`, after the resources of providers`,
      );
    const other = wanted.find(({ names }) => names.includes(name));
    const outputs = other && Object.keys(givenBy(other));
    if (!outputs || outputs.includes(output)) continue;
    const near = nearest(output, outputs);
    const list = outputs.map((each) => `\`${each}\``).join(', ');
    reader.error(
      path,
      `\`${text}\` names nothing: resources of the type \`${other.type}\` give ${list === '' ? 'nothing' : list}`,
      near && `\${resources.${name}.${near}}`,
    );
  }
}

const givenBy = ({ offered: { create, update } }: WantedResource): JsonObject => ({
  ...create.outputs,
  ...update?.outputs,
});

function ordered(reader: Reader, wanted: readonly WantedResource[]): WantedResource[] {
  const done: WantedResource[] = [];
  const visit = (resource: WantedResource, around: readonly WantedResource[]): void => {
    if (done.includes(resource)) return;
    const at = around.indexOf(resource);
    if (at >= 0) {
      const names = [...around.slice(at), resource].map((each) => each.names[0] ?? '');
      // each circle is told once, where it is found first
      done.push(...around.slice(at));
      return reader.errorAtKey(
        ['resources', names[0] ?? ''],
        `Resources refer to each other in a circle: ${names.join(' → ')}`,
      );
    }
    for (const { resource: name } of outputsIn(resource.params, [])) {
      const other = wanted.find(({ names }) => names.includes(name));
      if (other) visit(other, [...around, resource]);
    }
    if (!done.includes(resource)) done.push(resource);
  };
  for (const resource of wanted) visit(resource, []);
  return done;
}

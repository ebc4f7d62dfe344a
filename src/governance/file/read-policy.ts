import type { Json, JsonObject, Reading } from '../../documents/model.js';
import { isObject, Reader } from '../../documents/reader.js';
import { readYaml } from '../../documents/yaml/read-yaml.js';
import type { Path } from '../../documents/yaml/yaml-source.js';
import {
  DEFAULT_NAMES,
  type NamePatterns,
  type Policy,
  QUOTA_TYPES,
  type TeamPolicy,
  USUAL_NAMES,
} from '../policy.js';
import { readAdminConfig } from './admin-config.js';
import { readRules } from './read-rules.js';
import { checkStepPattern } from './step-patterns.js';

const NAME_KINDS = Object.keys(DEFAULT_NAMES);
const LIMITS = ['steps', 'duration_seconds', 'active_runs', 'runs_per_day'];
const QUOTAS = [...Object.keys(QUOTA_TYPES), 'bytes'];
const OF_TEAM = ['steps', 'names', 'limits', 'quotas'];
const FIELDS = [...OF_TEAM, 'teams', 'rules', 'data_product_team'];
const PLACEHOLDER = /\{[^}]*\}?/g;
const PLACEHOLDERS = ['{team}', '{requester}', '{home}'];

/**
 * Reads a policy file: our form, or an admin-config.yaml of innominatus, whose other sections are left to it. Both forms may stand in one
 * file; then ours counts where both say something.
 */
export function readPolicy(file: string, text: string): Reading<Policy> {
  const { value: source, errors } = readYaml(file, text);
  if (!source) return { value: undefined, errors, warnings: [] };
  const reader = new Reader(source);
  const { tree } = source;
  if (!isObject(tree)) {
    reader.error([], 'A policy must be a mapping');
    return reader.reading<Policy>(undefined);
  }
  const foreign = 'workflowPolicies' in tree;
  const known = foreign
    ? Object.fromEntries(Object.entries(tree).filter(([name]) => FIELDS.includes(name)))
    : tree;
  const fields = reader.fields(known, [], FIELDS, 'A policy') ?? {};
  const theirs = foreign
    ? readAdminConfig(reader, tree['workflowPolicies'], ['workflowPolicies'])
    : undefined;
  const own = readTeam(reader, fields, []);
  const productTeam = reader.text(fields, [], 'data_product_team');
  return reader.reading<Policy>({
    ...theirs,
    ...own,
    ...(theirs?.limits ? { limits: { ...theirs.limits, ...own.limits } } : {}),
    ...(productTeam === undefined ? {} : { data_product_team: productTeam }),
    teams: readTeams(reader, fields),
    rules: [...(theirs?.rules ?? []), ...readRules(reader, fields)],
  });
}

function readTeams(reader: Reader, fields: JsonObject): Record<string, TeamPolicy> {
  const teams = mapping(reader, fields, [], 'teams');
  return Object.fromEntries(
    Object.entries(teams).map(([team, value]) => {
      const path = ['teams', team];
      return [team, readTeam(reader, reader.fields(value, path, OF_TEAM, 'A team') ?? {}, path)];
    }),
  );
}

function readTeam(reader: Reader, fields: JsonObject, path: Path): TeamPolicy {
  const steps = reader.texts(fields, path, 'steps');
  for (const [index, pattern] of steps.entries())
    checkStepPattern(reader, [...path, 'steps', index], pattern);
  return {
    ...('steps' in fields ? { steps } : {}),
    ...('names' in fields ? { names: readNames(reader, fields, path) } : {}),
    ...('limits' in fields ? { limits: readNumbers(reader, fields, path, 'limits', LIMITS) } : {}),
    ...('quotas' in fields ? { quotas: readNumbers(reader, fields, path, 'quotas', QUOTAS) } : {}),
  };
}

function readNames(reader: Reader, fields: JsonObject, path: Path): NamePatterns {
  const at = [...path, 'names'];
  const names = reader.fields(fields['names'], at, NAME_KINDS, '`names`') ?? {};
  return Object.fromEntries(
    Object.keys(names).map((kind) => {
      const patterns = reader.texts(names, at, kind);
      for (const [index, pattern] of [...patterns.entries()].filter(([, each]) => each !== USUAL_NAMES))
        for (const [placeholder] of pattern.matchAll(PLACEHOLDER))
          if (!PLACEHOLDERS.includes(placeholder))
            reader.error([...at, kind, index], `A pattern has no placeholder \`${placeholder}\``, '{team}');
      return [kind, patterns];
    }),
  );
}

function readNumbers(
  reader: Reader,
  fields: JsonObject,
  path: Path,
  name: string,
  known: readonly string[],
): Record<string, number> {
  const at = [...path, name];
  const numbers = reader.fields(fields[name], at, known, `\`${name}\``) ?? {};
  return Object.fromEntries(
    Object.entries(numbers).flatMap(([key, value]) => {
      if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return [[key, value]];
      reader.error([...at, key], `\`${key}\` must be a whole number, 0 or more`);
      return [];
    }),
  );
}

function mapping(reader: Reader, fields: JsonObject, path: Path, name: string): Record<string, Json> {
  const value = fields[name];
  if (value === undefined || value === null) return {};
  if (isObject(value)) return value;
  reader.error([...path, name], `\`${name}\` must be a mapping`);
  return {};
}

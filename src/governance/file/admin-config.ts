import type { Json, JsonObject } from '../../documents/model.js';
import type { Reader } from '../../documents/reader.js';
import { ALIASES, REFUSED } from '../../documents/step-types/aliases.js';
import type { Path } from '../../documents/yaml/yaml-source.js';
import { EXPIRES_IN_SECONDS, type Limits, type Policy, type Rule } from '../policy.js';
import { checkStepPattern } from './step-patterns.js';

const FIELDS = [
  'allowedStepTypes',
  'maxStepsPerWorkflow',
  'maxConcurrentWorkflows',
  'maxWorkflowDuration',
  'security',
];
/** What innominatus knows and enforces nowhere. Nobody may believe that it holds here. */
const NOT_HERE: Record<string, string> = {
  workflowsRoot: 'PROVIDERS_DIR',
  requiredPlatformWorkflows: 'a step of type workflow',
  allowedProductWorkflows: 'rules',
  workflowOverrides: 'rules',
};
const SECONDS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Reads `workflowPolicies` of innominatus' admin-config.yaml. Fields that would not be enforced are errors. */
export function readAdminConfig(reader: Reader, value: Json | undefined, path: Path): Policy {
  const fields =
    reader.fields(value, path, [...FIELDS, ...Object.keys(NOT_HERE)], '`workflowPolicies`') ?? {};
  for (const [name, instead] of Object.entries(NOT_HERE))
    if (name in fields)
      reader.errorAtKey([...path, name], `\`${name}\` would not be enforced: remove it`, instead);
  const steps = reader.texts(fields, path, 'allowedStepTypes').flatMap((type, index) => {
    if (type in REFUSED) return []; // there is no such step: nothing to allow
    const name = ALIASES[type] ?? type;
    checkStepPattern(reader, [...path, 'allowedStepTypes', index], name);
    return [name];
  });
  return {
    ...('allowedStepTypes' in fields ? { steps } : {}),
    limits: readLimits(reader, fields, path),
    teams: {},
    rules: readSecurity(reader, fields, path),
  };
}

function readLimits(reader: Reader, fields: JsonObject, path: Path): Limits {
  const number = (name: string): number | undefined => {
    const value = fields[name];
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value;
    reader.error([...path, name], `\`${name}\` must be a whole number, 0 or more`);
    return undefined;
  };
  const [steps, active] = [number('maxStepsPerWorkflow'), number('maxConcurrentWorkflows')];
  const duration = readDuration(reader, fields, path);
  return {
    ...(steps === undefined ? {} : { steps }),
    ...(active === undefined ? {} : { active_runs: active }),
    ...(duration === undefined ? {} : { duration_seconds: duration }),
  };
}

/** Seconds, or a number with a unit such as `30m`. */
function readDuration(reader: Reader, fields: JsonObject, path: Path): number | undefined {
  const value = fields['maxWorkflowDuration'];
  if (value === undefined || value === null) return undefined;
  const [, number = '', unit = 's'] =
    /^(\d{1,9})([smhd])?$/.exec(JSON.stringify(value).replaceAll('"', '')) ?? [];
  if (number !== '') return Number(number) * (SECONDS[unit] ?? 1);
  reader.error(
    [...path, 'maxWorkflowDuration'],
    'A duration is a number of seconds, or such as `30m`',
    '30m',
  );
  return undefined;
}

/** Approvals by environment, and the teams that may run anything. */
function readSecurity(reader: Reader, fields: JsonObject, path: Path): Rule[] {
  if (fields['security'] === undefined || fields['security'] === null) return [];
  const at = [...path, 'security'];
  const known = ['requireApproval', 'allowedExecutors', 'secretsAccess'];
  const security = reader.fields(fields['security'], at, known, '`security`') ?? {};
  if ('secretsAccess' in security)
    reader.errorAtKey([...at, 'secretsAccess'], '`secretsAccess` would not be enforced: remove it', 'names');
  const environments = reader.texts(security, at, 'requireApproval');
  const teams = reader.texts(security, at, 'allowedExecutors');
  const rules: Rule[] = [];
  const more = { count: 1, expires_in_seconds: EXPIRES_IN_SECONDS };
  if (environments.length > 0)
    rules.push({
      ...{ name: 'requireApproval', then: 'approve', ...more },
      when: `has(request.parameters.environment) && request.parameters.environment in ${JSON.stringify(environments)}`,
    });
  if (teams.length > 0)
    rules.push({
      ...{ name: 'allowedExecutors', then: 'deny', message: 'this team may not run workflows', ...more },
      when: `!(request.team in ${JSON.stringify(teams)})`,
    });
  return rules;
}

import { getMetadataStorage } from 'class-validator';
import { Environment, SECRETS } from '../../../src/config/environment.js';

/** What the chart itself says of each process. */
export const OF_THE_CHART = ['HOST', 'PORT', 'ROLE', 'TARGETS_FILE', 'WORKFLOW_POLICY_FILE'];
/** Of a process with an embedded database, of the demo, or with tools that its image does not have: the chart does not offer them. */
const ELSEWHERE = [
  'PAGE_DEMO_TOKENS',
  'DATA_DIR',
  'WORKFLOW_TOOLS',
  'TOFU_BINARY',
  'TOFU_PROVIDERS',
  'TOFU_PROVIDER_MIRROR',
];

/** Every variable that the configuration knows, and its rules by name. */
function rules(): Map<string, Map<string, unknown[]>> {
  const found = new Map<string, Map<string, unknown[]>>();
  for (const { propertyName, name, constraints } of getMetadataStorage().getTargetValidationMetadatas(
    Environment,
    '',
    true,
    false,
  )) {
    const of = found.get(propertyName) ?? new Map<string, unknown[]>();
    found.set(propertyName, of.set(name ?? '', constraints as unknown[]));
  }
  return found;
}

export const knownSettings = (): string[] => [...rules().keys()];

/** What `config` of values.yaml may have, as JSON Schema: each setting that is no secret. */
export function settingsSchema(): Record<string, object> {
  const own = new Set([...SECRETS, ...OF_THE_CHART, ...ELSEWHERE]);
  const settings = [...rules()].filter(([name]) => !own.has(name)).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(settings.map(([name, rule]) => [name, schemaOf(rule)]));
}

function schemaOf(rule: Map<string, unknown[]>): object {
  if (rule.has('isInt')) {
    const [minimum, maximum] = ['min', 'max'].map((bound) => rule.get(bound)?.[0]);
    return { type: ['integer', 'null'], minimum, maximum };
  }
  const allowed = rule.get('isIn')?.[0] as string[] | undefined;
  if (allowed?.includes('true')) return { enum: [true, false, ...allowed, null] };
  if (allowed) return { enum: [...allowed, null] };
  return { $ref: rule.has('isArray') ? '#/$defs/list' : '#/$defs/text' };
}

/** The names that `secrets` of values.yaml may have. */
export const secretNames = (): string[] =>
  SECRETS.filter((name) => rules().has(name) && !ELSEWHERE.includes(name)).sort();

import { getMetadataStorage } from 'class-validator';
import { Environment, SECRETS } from '../../../src/config/environment.js';

/** What the chart itself says of each process. */
export const OF_THE_CHART = ['HOST', 'PORT', 'ROLE', 'TARGETS_FILE', 'WORKFLOW_POLICY_FILE'];
/** Of the demo, or of a process with an embedded database: the chart does not offer them. Of a worker with tools it says the folder itself. */
const ELSEWHERE = ['PAGE_DEMO_TOKENS', 'DATA_DIR'];
/** Of workers only. */
const TOOLS = /^(WORKFLOW_TOOLS$|TOFU_|ANSIBLE_)/;

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

/** What `config` of values.yaml may have, as JSON Schema: each setting that is no secret, and none of tools. */
export const settingsSchema = (): Record<string, object> => schemaOfAll((name) => !TOOLS.test(name));

/** What `worker.tools` may have. */
export const toolsSchema = (): Record<string, object> => schemaOfAll((name) => TOOLS.test(name));

function schemaOfAll(has: (name: string) => boolean): Record<string, object> {
  const own = new Set([...SECRETS, ...OF_THE_CHART, ...ELSEWHERE]);
  const settings = [...rules()].filter(([name]) => !own.has(name) && has(name));
  settings.sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(settings.map(([name, rule]) => [name, schemaOf(rule)]));
}

function schemaOf(rule: Map<string, unknown[]>): object {
  if (rule.has('min')) {
    const [minimum, maximum] = ['min', 'max'].map((bound) => rule.get(bound)?.[0]);
    return { type: [rule.has('isInt') ? 'integer' : 'number', 'null'], minimum, maximum };
  }
  const allowed = rule.get('isIn')?.[0] as string[] | undefined;
  if (allowed && rule.has('isArray')) return { type: ['string', 'array', 'null'], items: { enum: allowed } };
  if (allowed?.includes('true')) return { enum: [true, false, ...allowed, null] };
  if (allowed) return { enum: [...allowed, null] };
  return { $ref: rule.has('isArray') ? '#/$defs/list' : '#/$defs/text' };
}

/** The names that `secrets` of values.yaml may have. */
export const secretNames = (): string[] =>
  SECRETS.filter((name) => rules().has(name) && !ELSEWHERE.includes(name)).sort();

import { isSame } from '../../common/canonical.js';
import { SENSITIVE, SecretValues } from '../tools/secret-values.js';

/** One difference between a module and what there is, without secrets. */
export interface TofuChange {
  change:
    | 'create_resource'
    | 'change_resource'
    | 'replace_resource'
    | 'remove_resource'
    | 'forget_resource'
    | 'set_output';
  /** Of the resource, or the name of the output. */
  address: string;
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
}

/** `tofu show -json` of a plan; only the fields that are read. */
export interface PlanDocument {
  variables?: Record<string, { value?: unknown }>;
  resource_changes?: { address: string; provider_name: string; change: Difference }[];
  output_changes?: Record<string, Difference>;
  configuration?: Configuration;
}

interface Difference {
  actions: string[];
  before?: unknown;
  after?: unknown;
  after_unknown?: unknown;
  before_sensitive?: unknown;
  after_sensitive?: unknown;
}

interface Configuration {
  provider_config?: Record<string, { full_name?: string }>;
  root_module?: ModuleDocument;
}

interface ModuleDocument {
  variables?: Record<string, { sensitive?: boolean }>;
  resources?: { address: string; mode: string; type: string; provisioners?: unknown[] }[];
  module_calls?: Record<string, { source?: string; module?: ModuleDocument }>;
}

export const UNKNOWN = '(known after apply)';

const NAMES: Readonly<Record<string, TofuChange['change']>> = {
  create: 'create_resource',
  update: 'change_resource',
  delete: 'remove_resource',
  forget: 'forget_resource',
  'delete,create': 'replace_resource',
  'create,delete': 'replace_resource',
};

/** What a plan would change, for people to read, without what is hidden. Throws if it would do something that has no name here. */
export function changesIn(plan: PlanDocument, hidden = new SecretValues()): TofuChange[] {
  learnPlan(plan, hidden);
  const { resource_changes: resources = [], output_changes: outputs = {} } = plan;
  const changes = resources.flatMap(({ address, change }) => {
    const action = change.actions.join(',');
    if (action === 'no-op' || action === 'read' || action === 'open') return [];
    const name = NAMES[action];
    if (!name) throw new Error(`a plan has the action ${action}`);
    return [{ change: name, address, ...shown(change) }];
  });
  const set = Object.entries(outputs)
    .filter(([, { actions }]) => actions.join(',') !== 'no-op')
    .map(([name, difference]) => ({ change: 'set_output' as const, address: name, ...wrapped(difference) }));
  return [...changes, ...set]
    .sort((a, b) => (key(a) < key(b) ? -1 : 1))
    .map((each) => hidden.hideIn(each) as TofuChange);
}

function learnPlan(
  { variables = {}, resource_changes: resources = [], ...plan }: PlanDocument,
  hidden: SecretValues,
): void {
  const marks = plan.configuration?.root_module?.variables ?? {};
  for (const [name, { value }] of Object.entries(variables))
    if (marks[name]?.sensitive === true) hidden.learn(value, true);
  const differences = [...resources.map(({ change }) => change), ...Object.values(plan.output_changes ?? {})];
  for (const { before, after, before_sensitive, after_sensitive } of differences) {
    hidden.learn(before, before_sensitive);
    hidden.learn(after, after_sensitive);
  }
}

const key = ({ change, address }: TofuChange): string => `${change === 'set_output' ? 1 : 0} ${address}`;

/** Of a change only the fields that change. */
function shown(change: Difference): Pick<TofuChange, 'before' | 'after'> {
  const before = masked(change.before, change.before_sensitive, undefined);
  const after = masked(change.after, change.after_sensitive, change.after_unknown);
  if (!isRecord(before) || !isRecord(after))
    return { before: isRecord(before) ? before : null, after: isRecord(after) ? after : null };
  const [was, will] = [recordOf(change.before), recordOf(change.after)];
  // of what is sensitive only the values tell whether they change
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (name) => !isSame(before[name], after[name]) || !isSame(was[name], will[name]),
  );
  const only = (from: Record<string, unknown>) =>
    Object.fromEntries(names.flatMap((name) => (name in from ? [[name, from[name]]] : [])));
  return { before: only(before), after: only(after) };
}

function wrapped(difference: Difference): Pick<TofuChange, 'before' | 'after'> {
  const [before, after] = [
    masked(difference.before, difference.before_sensitive, undefined),
    masked(difference.after, difference.after_sensitive, difference.after_unknown),
  ];
  return {
    before: before === null || before === undefined ? null : { value: before },
    after: after === null || after === undefined ? null : { value: after },
  };
}

/** A value without what is marked as sensitive; what is not known yet is named. Marks are true, or have the form of the value. */
function masked(value: unknown, sensitive: unknown, unknown: unknown): unknown {
  if (sensitive === true) return SENSITIVE;
  if (unknown === true) return UNKNOWN;
  if (Array.isArray(value) || Array.isArray(unknown)) {
    const [values, marks, open] = [listOf(value), listOf(sensitive), listOf(unknown)];
    const length = Math.max(values.length, open.length);
    return Array.from({ length }, (_, index) => masked(values[index], marks[index], open[index]));
  }
  if (!isRecord(value) && !isRecord(unknown)) return value;
  const [values, marks, open] = [recordOf(value), recordOf(sensitive), recordOf(unknown)];
  const names = new Set([...Object.keys(values), ...Object.keys(open)]);
  return Object.fromEntries(
    [...names].flatMap((name) => {
      const each = masked(values[name], marks[name], open[name]);
      return each === undefined || each === null ? [] : [[name, each]];
    }),
  );
}

/**
 * What a plan has that a module must not have. The module was checked before OpenTofu saw it; this is what OpenTofu itself says about it.
 */
export function refusedIn(
  { configuration, resource_changes: changes = [] }: PlanDocument,
  allowed: ReadonlySet<string>,
): string[] {
  const configured = Object.values(configuration?.provider_config ?? {}).map(
    ({ full_name: name }) => name ?? '',
  );
  const providers = [...configured, ...changes.map(({ provider_name: name }) => name)];
  return [
    ...new Set(
      providers.filter((each) => !allowed.has(each)).map((each) => `the provider ${each} is not allowed`),
    ),
    ...inModule(configuration?.root_module),
  ];
}

function inModule({ resources = [], module_calls: calls = {} }: ModuleDocument = {}): string[] {
  return [
    ...resources.flatMap(({ address, type, mode, provisioners }) => [
      ...(provisioners?.length ? [`${address} has a provisioner`] : []),
      ...(mode === 'data' && (type === 'external' || type === 'terraform_remote_state')
        ? [`${address} is not allowed`]
        : []),
    ]),
    ...Object.entries(calls).flatMap(([name, { source = '', module }]) => [
      ...(source.startsWith('./') ? [] : [`the module ${name} is not part of the step`]),
      ...inModule(module),
    ]),
  ];
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const recordOf = (value: unknown): Record<string, unknown> => (isRecord(value) ? value : {});
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

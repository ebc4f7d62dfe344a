import type { Limits, Quotas } from '../../governance/policy.js';
import { QUOTA_TYPES } from '../../governance/policy.js';

/** What a step makes, as quotas count it. */
export interface Holding {
  type: string;
  /** Null: it is not known yet, or each one counts. */
  name: string | null;
  /** The hard quota of a bucket. */
  bytes: number | null;
}

/** What one step makes or removes. */
export interface StepHolding extends Holding {
  /** The step removes it: nothing is counted. */
  gone: boolean;
}

/** What a team has, and how much of it runs. */
export interface Usage {
  holdings: readonly Holding[];
  activeRuns: number;
  runsToday: number;
}

/** What is asked for, what there is, and what there may be. */
export interface Counted {
  limit: string;
  used: number;
  asked: number;
  allowed: number;
}

/** The field of the input that names what a step makes; null: each one counts by itself. */
const NAME_FIELDS: Record<string, string | null> = {
  'storage.bucket': 'bucket',
  'storage.quota': 'bucket',
  'storage.principal': 'user_name',
  'storage.key': null,
  'storage.group': 'group_name',
  'postgres.database': 'database',
  'postgres.role': 'role',
  'vault.secret': 'path',
};

/** What a step makes or removes, as far as its input tells; undefined: nothing that quotas count. */
export function holdingOf(type: string, input: Record<string, unknown> | undefined): StepHolding | undefined {
  const field = NAME_FIELDS[type];
  if (field === undefined) return undefined;
  const name = field === null ? undefined : input?.[field];
  const bytes = input?.['quota_bytes'];
  return {
    type,
    name: typeof name === 'string' ? name : null,
    bytes: typeof bytes === 'number' ? bytes : null,
    gone: input?.['state'] === 'absent',
  };
}

/** Each limit of the team with what is used and asked for, by one run or by several. What the team has already is not asked for again. */
export function count(
  { limits, quotas }: { limits: Limits; quotas: Quotas },
  usage: Usage,
  asked: readonly Holding[],
  runs = { active: 1, today: 1 },
): Counted[] {
  const counted: Counted[] = [];
  const add = (limit: string, used: number, more: number, allowed: number | undefined) => {
    if (allowed !== undefined) counted.push({ limit, used, asked: more, allowed });
  };
  add('active_runs', usage.activeRuns, runs.active, limits.active_runs);
  add('runs_per_day', usage.runsToday, runs.today, limits.runs_per_day);
  for (const [quota, type] of Object.entries(QUOTA_TYPES)) {
    const held = usage.holdings.filter((each) => each.type === type);
    const names = new Set(held.map(({ name }) => name));
    const news = asked.filter((each) => each.type === type && (each.name === null || !names.has(each.name)));
    add(quota, distinct(held), distinct(news), quotas[quota as keyof typeof QUOTA_TYPES]);
  }
  const before = bytesOf(usage.holdings);
  add('bytes', before, bytesOf([...usage.holdings, ...asked]) - before, quotas.bytes);
  return counted;
}

/** The limits that a request would exceed. */
export function exceeded(counted: readonly Counted[]): Counted[] {
  return counted.filter(({ used, asked, allowed }) => asked > 0 && used + asked > allowed);
}

function distinct(holdings: readonly Holding[]): number {
  const named = new Set(holdings.flatMap(({ name }) => name ?? []));
  return named.size + holdings.filter(({ name }) => name === null).length;
}

/** The quotas of the buckets, the last one of each: holdings are in the order in which they were made. */
function bytesOf(holdings: readonly Holding[]): number {
  const buckets = holdings.filter(({ type }) => type === 'storage.bucket' || type === 'storage.quota');
  const last = new Map(
    buckets.flatMap(({ name, bytes }) => (bytes === null ? [] : [[name, bytes] as const])),
  );
  return [...last.values()].reduce((sum, bytes) => sum + bytes, 0);
}

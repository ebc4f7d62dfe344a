import { Problem } from '../../common/problems/problem.js';
import type { Ended } from '../tools/tool-process.js';
import type { SecretValues } from '../tools/secret-values.js';
import type { TaskEvent } from './events.js';

/** What a task does on a host, or would do. */
export interface AnsibleChange {
  /** `run_task`: what it does is known only once it has run. */
  change: 'change_host' | 'run_task';
  /** The host, the task and its module. */
  target: string;
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
}

const HIDDEN = '(hidden)';
const CHANGED = '(changed)';
export const UNPREDICTABLE = '(not predictable)';
const MAX_MESSAGE = 600;
/** Moments, which are others in each run. */
const MOMENTS = ['atime', 'mtime'];

/** What would change, for people to read, in the order of the tasks. `folder` is where Ansible works: names of files in it mean nothing. */
export function changesIn(
  events: readonly TaskEvent[],
  folder: string,
  hidden: SecretValues,
): AnsibleChange[] {
  return events.flatMap((event): AnsibleChange[] => {
    const { host, task, action, status, changed, unpredictable } = event;
    if (status === 'failed' || status === 'unreachable' || (!changed && !unpredictable)) return [];
    const target = `ansible ${host}: ${task === action ? task : `${task} (${action})`}`;
    const change = unpredictable ? ('run_task' as const) : ('change_host' as const);
    return [hidden.hideIn({ change, target, ...differenceOf(event, folder) }) as AnsibleChange];
  });
}

function differenceOf(event: TaskEvent, folder: string): Pick<AnsibleChange, 'before' | 'after'> {
  if (event.hidden) return { before: null, after: { result: HIDDEN } };
  if (event.unpredictable) return { before: null, after: { result: UNPREDICTABLE } };
  const parts = event.diff.flat().flatMap((each) => partOf(each, folder));
  const [only] = parts;
  if (!only) return { before: null, after: { result: CHANGED } };
  if (parts.length === 1) return only;
  return {
    before: { parts: parts.map(({ before }) => before) },
    after: { parts: parts.map(({ after }) => after) },
  };
}

/** One difference of a module: texts with the names of files, fields, or a text that is made already. */
function partOf(diff: unknown, folder: string): Pick<AnsibleChange, 'before' | 'after'>[] {
  if (!isRecord(diff)) return [];
  const { before, after, prepared } = diff;
  if (before === undefined && after === undefined)
    return typeof prepared === 'string' ? [{ before: null, after: { difference: prepared } }] : [];
  const name = [diff['before_header'], diff['after_header']].find(
    (each) => typeof each === 'string' && !each.includes(folder),
  );
  const file = name === undefined ? {} : { file: name };
  return [{ before: sideOf(before, file), after: sideOf(after, file) }];
}

function sideOf(value: unknown, file: object): Record<string, unknown> | null {
  if (value === undefined || value === null || value === '') return null;
  if (!isRecord(value)) return { ...file, text: value };
  return Object.fromEntries(Object.entries(value).filter(([name]) => !MOMENTS.includes(name)));
}

/** Which task has failed on which host, in the words of its module. A host that is not reached may be there later; undefined: nothing failed. */
export function problemOf(
  { code, errors }: Ended,
  events: readonly TaskEvent[],
  hidden: SecretValues,
): Problem | undefined {
  if (code === 0) return undefined;
  const failed = events.find(({ status, ignored }) => status === 'failed' && !ignored);
  const lost = events.find(({ status }) => status === 'unreachable');
  const event = failed ?? lost;
  const said = hidden
    .without((event ? event.message : errors).replace(/\s+/g, ' ').trim())
    .slice(0, MAX_MESSAGE);
  if (!event)
    return new Problem('target_refused', `Ansible failed: ${said === '' ? `it ended with ${code}` : said}`);
  const where = hidden.without(`${event.host}: ${event.task}`);
  const why = event.hidden ? HIDDEN : said;
  if (failed) return new Problem('target_refused', `Ansible failed on ${where}: ${why}`);
  return new Problem('target_unavailable', `Ansible cannot reach ${where}: ${why}`);
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

import type { Json, JsonObject } from '../model.js';
import { isObject } from '../reader.js';
import { PLAY_KEYWORDS, REASONS } from './keywords.js';
import type { Allowed } from './plugins.js';
import { keywordProblems, tasksProblems } from './tasks.js';
import type { Refusal, Refuse } from './texts.js';

export type { Refusal } from './texts.js';

/** The most plays of a playbook, and the most bytes of all of it. */
export const MAX_PLAYS = 20;
export const MAX_BYTES = 262_144;
const LISTS = ['pre_tasks', 'tasks', 'post_tasks', 'handlers'];
/** A host or a group by its name, and no pattern: `localhost` would be the worker. */
const HOSTS = /^[a-z0-9]([a-z0-9._-]{0,251}[a-z0-9])?$/;
const SERIAL = /^\d{1,5}%?$/;

/**
 * Refuses what a playbook must not have: what runs on the worker, reads its files or brings in what was not checked, modules that are not allowed, and what a plan would not
 * show. Imports are in their places already. `hosts` are the names that plays may name; undefined: not known yet.
 */
export function playbookProblems(
  plays: Json,
  {
    modules,
    hosts,
    field = 'plays',
  }: { modules?: Allowed; hosts?: ReadonlySet<string>; field?: string } = {},
): Refusal[] {
  const refusals: Refusal[] = [];
  const refuse: Refuse = (at, rule) => void refusals.push({ at, rule });
  if (!Array.isArray(plays) || plays.length === 0) refuse(field, 'must be a list of plays');
  else if (plays.length > MAX_PLAYS) refuse(field, `must be at most ${MAX_PLAYS} plays`);
  else if (Buffer.byteLength(JSON.stringify(plays)) > MAX_BYTES)
    refuse(field, `must have at most ${MAX_BYTES} bytes`);
  else
    for (const [index, play] of plays.entries()) {
      const at = `${field}.${index}`;
      if (isObject(play)) playProblems(play, at, modules, hosts, refuse);
      else refuse(at, 'must be a play');
    }
  return refusals;
}

function playProblems(
  play: JsonObject,
  at: string,
  modules: Allowed,
  known: ReadonlySet<string> | undefined,
  refuse: Refuse,
): void {
  for (const name of Object.keys(play))
    if (!PLAY_KEYWORDS.has(name)) {
      const reason = REASONS[name];
      refuse(at, `must not have \`${name}\`${reason === undefined ? ' in a play' : `: ${reason}`}`);
    }
  keywordProblems(play, at, refuse);
  const hosts = Array.isArray(play.hosts) ? play.hosts : [play.hosts ?? null];
  for (const host of hosts)
    if (typeof host !== 'string' || !HOSTS.test(host))
      refuse(`${at}.hosts`, 'must be names of hosts or groups of the step, or `all`');
    else if (known && host !== 'all' && !known.has(host))
      refuse(`${at}.hosts`, `names ${host}, which is no host or group of the step`);
  const serial = Array.isArray(play.serial) ? play.serial : [play.serial ?? 1];
  if (!serial.every((each) => SERIAL.test(String(each as string))))
    refuse(`${at}.serial`, 'must be a number or a part, such as 30%');
  for (const name of LISTS)
    if (play[name] !== undefined && play[name] !== null)
      tasksProblems(play[name], `${at}.${name}`, modules, refuse);
}

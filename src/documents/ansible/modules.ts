import type { Json, JsonObject } from '../model.js';
import { isObject } from '../reader.js';
import { type Allowed, isAllowable } from './plugins.js';
import { conditionProblems, type Refuse, valueProblems, varsProblems } from './texts.js';

const BUILTIN = 'ansible.builtin.';
/** Their `src` is on the host, and never a file of the worker. */
const SRC_ON_HOST = new Set(['file'].map((name) => BUILTIN + name));
/** Of these a number is read in another way by each version of YAML: 0644 is not 644. */
const MODES = ['mode', 'directory_mode', 'umask'];
const META = new Set(['flush_handlers', 'end_host', 'end_play', 'noop']);

/** Checks a module of a task and what it is given. */
export function moduleProblems(
  module: string,
  args: Json,
  at: string,
  allowed: Allowed,
  refuse: Refuse,
): void {
  if (module === `${BUILTIN}meta`) {
    if (typeof args !== 'string' || !META.has(args))
      refuse(`${at}.${module}`, `must be one of ${[...META].join(', ')}`);
    return;
  }
  if (!isAllowable(module))
    return refuse(at, `must not use \`${module}\`: it is not for hosts alone, or no whole name`);
  if (allowed && !allowed.has(module))
    refuse(at, `must not use \`${module}\`: it is not among ANSIBLE_MODULES`);
  const place = `${at}.${module}`;
  if (args === null) return;
  if (!isObject(args)) return refuse(place, 'must be a mapping');
  valueProblems(args, place, refuse);
  argumentProblems(module, args, place, refuse);
}

function argumentProblems(module: string, args: JsonObject, at: string, refuse: Refuse): void {
  for (const name of MODES)
    if (typeof args[name] === 'number') refuse(`${at}.${name}`, "must be a text in quotes, such as '0644'");
  if (!module.startsWith(BUILTIN)) return;
  if ('src' in args && args.remote_src !== true && !SRC_ON_HOST.has(module))
    refuse(`${at}.src`, 'must not name a file of the worker: use `content`, or `remote_src: true`');
  for (const name of ['use', 'use_backend', 'fact_path', '_raw_params', '_uses_shell'])
    if (name in args) refuse(`${at}.${name}`, 'is not taken here');
  if (module === `${BUILTIN}uri` && args.body_format !== undefined && !isBody(args.body_format))
    refuse(`${at}.body_format`, 'must be raw, json or form-urlencoded');
  if (['unarchive', 'assemble'].some((name) => module === BUILTIN + name) && args.remote_src !== true)
    refuse(at, 'needs `remote_src: true`: files of the worker are not read');
  if (module === `${BUILTIN}set_fact`) varsProblems(args, at, refuse);
  if (module === `${BUILTIN}assert`) conditionProblems(args.that, `${at}.that`, refuse);
  if (module === `${BUILTIN}debug` && 'var' in args) conditionProblems(args.var, `${at}.var`, refuse);
}

const isBody = (value: Json): boolean => ['raw', 'json', 'form-urlencoded'].includes(value as string);

import type { Json, JsonObject } from '../model.js';
import { isObject } from '../reader.js';

const BLOCKS = ['block', 'rescue', 'always'];
const LISTS = ['pre_tasks', 'tasks', 'post_tasks', 'handlers'];

/**
 * The plays with `no_log` on each task that uses one of these variables, or what was made of one: Ansible then tells that the task changes something, and
 * nothing else, neither here nor in the log of the host.
 */
export function hideSecrets(plays: readonly Json[], secrets: Iterable<string>): Json[] {
  const names = new Set(secrets);
  if (names.size === 0) return [...plays];
  for (let size = -1; size !== names.size;) {
    size = names.size;
    learn(plays, names);
  }
  return plays.map((play) => (isObject(play) ? hiddenPlay(play, names) : play));
}

/** Adds variables that have something of a secret in them. */
function learn(value: Json | readonly Json[], names: Set<string>): void {
  if (Array.isArray(value)) {
    for (const each of value) learn(each, names);
    return;
  }
  if (!isObject(value as Json)) return;
  const fields = value as JsonObject;
  for (const set of [fields.vars, fields['ansible.builtin.set_fact']])
    if (isObject(set)) for (const [name, each] of Object.entries(set)) if (uses(each, names)) names.add(name);
  if (typeof fields.register === 'string' && uses(fields, names)) names.add(fields.register);
  const { loop_control: control, loop } = fields;
  if (loop !== undefined && uses(loop, names))
    names.add(isObject(control) && typeof control.loop_var === 'string' ? control.loop_var : 'item');
  for (const [name, each] of Object.entries(fields))
    if ([...BLOCKS, ...LISTS].includes(name)) learn(each, names);
}

function hiddenPlay(play: JsonObject, names: ReadonlySet<string>): JsonObject {
  // a play whose own fields use one is hidden as a whole
  const own = Object.fromEntries(
    Object.entries(play).filter(([name]) => !LISTS.includes(name) && name !== 'vars'),
  );
  const lists = Object.entries(play).map(([name, each]): [string, Json] => [
    name,
    LISTS.includes(name) && Array.isArray(each) ? each.map((task) => hiddenTask(task, names)) : each,
  ]);
  return { ...Object.fromEntries(lists), ...(uses(own, names) && { no_log: true }) };
}

function hiddenTask(task: Json, names: ReadonlySet<string>): Json {
  if (!isObject(task)) return task;
  const inner = Object.entries(task).map(([name, each]): [string, Json] => [
    name,
    BLOCKS.includes(name) && Array.isArray(each) ? each.map((one) => hiddenTask(one, names)) : each,
  ]);
  const own = Object.fromEntries(Object.entries(task).filter(([name]) => !BLOCKS.includes(name)));
  return { ...Object.fromEntries(inner), ...(uses(own, names) && { no_log: true }) };
}

/** Whether one of the names stands somewhere in a value: rather once too often. */
function uses(value: Json, names: ReadonlySet<string>): boolean {
  if (typeof value === 'string')
    return (value.match(/[A-Za-z_][A-Za-z0-9_]*/g) ?? []).some((each) => names.has(each));
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some((each) => uses(each, names));
}

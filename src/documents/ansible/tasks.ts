import type { Json, JsonObject } from '../model.js';
import { isObject } from '../reader.js';
import { isVariableName } from './expressions.js';
import { BLOCK_KEYWORDS, COMMON_KEYWORDS, CONDITIONS, FLAGS, REASONS, TASK_KEYWORDS } from './keywords.js';
import { moduleProblems } from './modules.js';
import type { Allowed } from './plugins.js';
import { conditionProblems, type Refuse, valueProblems, varsProblems } from './texts.js';

/** How deep blocks may stand in each other. */
const MAX_DEPTH = 10;

/** Checks a list of tasks, and blocks of them. */
export function tasksProblems(value: Json, at: string, allowed: Allowed, refuse: Refuse, depth = 0): void {
  if (!Array.isArray(value)) return refuse(at, 'must be a list of tasks');
  if (depth > MAX_DEPTH) return refuse(at, 'has blocks in too many blocks');
  for (const [index, each] of value.entries()) {
    const place = `${at}.${index}`;
    if (!isObject(each)) refuse(place, 'must be a task');
    else if ('block' in each) blockProblems(each, place, allowed, refuse, depth);
    else taskProblems(each, place, allowed, refuse);
  }
}

function blockProblems(block: JsonObject, at: string, allowed: Allowed, refuse: Refuse, depth: number): void {
  for (const name of Object.keys(block))
    if (!COMMON_KEYWORDS.has(name) && !BLOCK_KEYWORDS.has(name)) refuse(at, keywordProblem(name, 'a block'));
  keywordProblems(block, at, refuse);
  for (const name of BLOCK_KEYWORDS)
    if (block[name] !== undefined) tasksProblems(block[name], `${at}.${name}`, allowed, refuse, depth + 1);
}

function taskProblems(task: JsonObject, at: string, allowed: Allowed, refuse: Refuse): void {
  const modules = Object.keys(task).filter((name) => name.includes('.'));
  for (const name of Object.keys(task))
    if (!name.includes('.') && !COMMON_KEYWORDS.has(name) && !TASK_KEYWORDS.has(name))
      refuse(at, keywordProblem(name, 'a task'));
  const [module, ...more] = modules;
  if (module === undefined || more.length > 0) refuse(at, 'must have one module, with its whole name');
  for (const name of modules) moduleProblems(name, task[name] ?? null, at, allowed, refuse);
  keywordProblems(task, at, refuse);
  registerProblems(task, at, refuse);
  // a loop is a list, or an expression that gives one
  const { loop } = task;
  if (loop !== undefined && !Array.isArray(loop) && typeof loop !== 'string')
    refuse(`${at}.loop`, 'must be a list');
}

function keywordProblem(name: string, what: string): string {
  if (name.startsWith('with_')) return `must not have \`${name}\`: use \`loop\``;
  const reason = REASONS[name];
  return `must not have \`${name}\`${reason === undefined ? ` in ${what}` : `: ${reason}`}`;
}

/** What is the same for plays, blocks and tasks. */
export function keywordProblems(fields: JsonObject, at: string, refuse: Refuse): void {
  for (const [name, value] of Object.entries(fields)) {
    const place = `${at}.${name}`;
    if (FLAGS.has(name) && typeof value !== 'boolean') refuse(place, 'must be true or false');
    if (BLOCK_KEYWORDS.has(name) || /tasks$|^handlers$/.test(name) || name.includes('.')) continue;
    if (!(CONDITIONS as readonly string[]).includes(name)) valueProblems(value, place, refuse);
  }
  for (const name of CONDITIONS) conditionProblems(fields[name], `${at}.${name}`, refuse);
  if (fields.vars !== undefined) varsProblems(fields.vars, `${at}.vars`, refuse);
  if (fields.environment !== undefined && !isObject(fields.environment))
    refuse(`${at}.environment`, 'must be a mapping');
  // a task that runs in a plan would change things before anybody has approved it
  if (fields.check_mode !== undefined && fields.check_mode !== true)
    refuse(`${at}.check_mode`, 'must be true, or left out: a plan changes nothing');
  if (fields.become_method !== undefined && fields.become_method !== 'sudo' && fields.become_method !== 'su')
    refuse(`${at}.become_method`, 'must be sudo or su');
}

function registerProblems(task: JsonObject, at: string, refuse: Refuse): void {
  const { register, loop_control: control } = task;
  const names: [string, Json | undefined][] = [['register', register]];
  if (control !== undefined) {
    if (!isObject(control)) refuse(`${at}.loop_control`, 'must be a mapping');
    else {
      for (const name of Object.keys(control))
        if (!['label', 'loop_var', 'index_var', 'pause', 'extended'].includes(name))
          refuse(`${at}.loop_control`, `must not have \`${name}\``);
      names.push(['loop_var', control.loop_var], ['index_var', control.index_var]);
    }
  }
  for (const [field, name] of names)
    if (name !== undefined && (typeof name !== 'string' || !isVariableName(name)))
      refuse(`${at}.${field}`, 'must be the name of a variable');
}

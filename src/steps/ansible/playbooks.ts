import { brokenRule, Problem } from '../../common/problems/problem.js';
import { isVariableName } from '../../documents/ansible/expressions.js';
import { DEFAULT_MODULES } from '../../documents/ansible/plugins.js';
import { playbookProblems } from '../../documents/ansible/read-playbook.js';
import { fieldProblem } from '../../documents/ansible/texts.js';
import type { Json } from '../../documents/model.js';
import { namesOf, WORKER_NAMES } from '../../targets/ansible/hosts.js';
import type { AnsibleInput } from './input.js';

const MAX_TOLD = 20;

/** What an administrator allows. */
export interface Allows {
  modules: readonly string[];
  /** Whether playbooks may run on the worker itself. */
  worker: boolean;
}

/** Checks a step before Ansible sees it. `allows` undefined: a worker knows. Throws what it must not have. */
export function checkedInput(input: AnsibleInput, allows: Allows | undefined): Json[] {
  const { plays, undo_plays: undo, hosts, private_key: key, playbook, undo: undoFile } = input;
  if (!plays)
    throw brokenRule(
      'plays',
      playbook === undefined ? 'must be set' : `the provider has no file ${playbook}`,
    );
  if (undoFile !== undefined) throw brokenRule('undo', `the provider has no file ${undoFile}`);
  if (!hosts && allows && !allows.worker)
    throw brokenRule('hosts', 'must be set: playbooks do not run on the worker here');
  if (hosts && !key) throw brokenRule('private_key', 'must be set with hosts');
  if (!hosts && key) throw brokenRule('private_key', 'must not be set without hosts');
  checkHosts(input);
  checkVariables(input);
  const modules = allows && new Set([...DEFAULT_MODULES, ...allows.modules]);
  const known = namesOf(hosts);
  const refusals = [
    ...playbookProblems(plays, { modules, hosts: known, field: 'plays' }),
    ...(undo ? playbookProblems(undo, { modules, hosts: known, field: 'undo_plays' }) : []),
  ];
  const [first] = refusals;
  if (!first) return plays;
  const errors = refusals.map(({ at, rule }) => ({ field: at, rule }));
  throw new Problem('unprocessable', `${first.at} ${first.rule}`, { errors: errors.slice(0, MAX_TOLD) });
}

function checkHosts({ hosts = [] }: AnsibleInput): void {
  const names = hosts.map(({ name }) => name);
  if (new Set(names).size < names.length) throw brokenRule('hosts', 'must have different names');
  for (const { name, groups = [] } of hosts) {
    if (WORKER_NAMES.has(name)) throw brokenRule('hosts', `must not be the worker: ${name}`);
    for (const group of groups)
      if (names.includes(group) || ['all', 'ungrouped'].includes(group))
        throw brokenRule('hosts', `must not have a group ${group}`);
    if (name === 'all' || name === 'ungrouped') throw brokenRule('hosts', `must not be called ${name}`);
  }
}

function checkVariables({ variables = {}, secret_variables: secrets = {} }: AnsibleInput): void {
  for (const [field, names] of [
    ['variables', Object.keys(variables)],
    ['secret_variables', Object.keys(secrets)],
  ] as const)
    for (const name of names)
      if (!isVariableName(name)) throw brokenRule(field, `must not set the variable ${name}`);
  for (const name of Object.keys(secrets))
    if (name in variables) throw brokenRule('secret_variables', `${name} is in variables, too`);
  checkNames(variables);
}

/** Ansible reads an object with fields of these names as something else. */
function checkNames(value: Json): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, each] of Object.entries(value)) {
    if (fieldProblem(name) !== undefined) throw brokenRule('variables', `must not have a field ${name}`);
    checkNames(each);
  }
}

import { brokenRule, Problem } from '../../common/problems/problem.js';
import { DEFAULT_PROVIDERS, type Module, readModule } from '../../documents/tofu/read-module.js';
import type { TofuInput } from './input.js';

const MAX_TOLD = 20;

/** The providers that a module may use. */
export function allowedWith(providers: readonly string[]): ReadonlySet<string> {
  return new Set([...DEFAULT_PROVIDERS, ...providers]);
}

/** The module of a step. Throws what it must not have, before OpenTofu sees it. `providers` undefined: a worker knows which are allowed. */
export function checkedModule(
  { files, module: folder, variables = {}, secret_variables: secrets = {} }: TofuInput,
  providers: readonly string[] | undefined,
): Module {
  if (!files)
    throw brokenRule(
      'files',
      folder === undefined ? 'must be set' : `the provider has no files *.tf.json in ${folder}`,
    );
  const { module, refusals } = readModule(files, providers && allowedWith(providers));
  const [first] = refusals;
  if (!module) {
    const errors = refusals.map(({ at, rule }) => ({ field: 'files', rule: `${at} ${rule}` }));
    const message = first ? `files: ${first.at} ${first.rule}` : 'files is not valid';
    throw new Problem('unprocessable', message, { errors: errors.slice(0, MAX_TOLD) });
  }
  const given = new Set([...Object.keys(variables), ...Object.keys(secrets)]);
  for (const name of given)
    if (!module.variables.has(name)) throw brokenRule('variables', `the module has no variable ${name}`);
  for (const [name, { required, secret }] of module.variables) {
    if (required && !given.has(name)) throw brokenRule('variables', `the module needs ${name}`);
    if (name in secrets && name in variables)
      throw brokenRule('secret_variables', `${name} is in variables, too`);
    if (name in secrets && !secret)
      throw brokenRule('secret_variables', `${name} must have type string and sensitive: true in the module`);
  }
  return module;
}

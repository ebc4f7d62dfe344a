import { ProjectError } from '../project-error.js';
import { type Render, jinja } from './environment.js';
import type { JinjaOptions } from './raw-blocks.js';

/** Values that replace the defaults of a cookiecutter.json; they are data and are not rendered. */
export type Overrides = Readonly<Record<string, string>>;

/** A cookiecutter.json with its defaults evaluated. */
export interface TemplateContext {
  render: Render;
  /** The variable `cookiecutter` of templates. */
  variables: Readonly<Record<string, unknown>>;
  /** Patterns of `_copy_without_render`. */
  copied: readonly string[];
}

const TRUE = new Set(['1', 'true', 't', 'yes', 'y', 'on']);
const FALSE = new Set(['0', 'false', 'f', 'no', 'n', 'off']);
/** Settings of cookiecutter that change the output and are not supported here. */
const UNSUPPORTED = ['_extensions', '_new_lines', 'templates', 'template'];

/**
 * Reads a cookiecutter.json: each default can use the variables before it; a list is a choice, its first entry the default. `_private`
 * variables are not rendered, `__these` are. Throws `invalid_template`, or `invalid_value` for an override that is not one of the choices.
 */
export function templateContext(json: string, overrides: Overrides): TemplateContext {
  const defaults = parse(json);
  const used = UNSUPPORTED.filter((key) => key in defaults);
  if (used.length > 0) throw invalid(`${used.join(', ')} cannot be used`);
  const render = jinja(options(defaults._jinja2_env_vars));
  const variables: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(defaults)) {
    const override = Object.hasOwn(overrides, key) ? overrides[key] : undefined;
    if (/^_(?!_)/.test(key)) variables[key] = value;
    else if (key !== '__prompts__')
      variables[key] = settle(key, rendered(key, value, variables, render), override);
  }
  return { render, variables, copied: patterns(defaults._copy_without_render) };
}

function parse(json: string): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch (error) {
    throw invalid('is not JSON', error);
  }
  if (!isObject(parsed)) throw invalid('is not an object');
  return parsed;
}

function options(settings: unknown = {}): JinjaOptions {
  if (!isObject(settings)) throw invalid('_jinja2_env_vars is not an object');
  const { trim_blocks: trimBlocks = false, lstrip_blocks: lstripBlocks = false, ...others } = settings;
  if (Object.keys(others).length > 0)
    throw invalid('_jinja2_env_vars can only contain trim_blocks and lstrip_blocks');
  return { trimBlocks: trimBlocks === true, lstripBlocks: lstripBlocks === true };
}

function patterns(value: unknown = []): string[] {
  if (!Array.isArray(value) || !value.every((each) => typeof each === 'string'))
    throw invalid('_copy_without_render is not a list of patterns');
  return value;
}

function rendered(key: string, value: unknown, cookiecutter: object, render: Render): unknown {
  if (value === null || typeof value === 'boolean') return value;
  if (Array.isArray(value)) return value.map((each) => rendered(key, each, cookiecutter, render));
  if (isObject(value))
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => [
        rendered(key, name, cookiecutter, render),
        rendered(key, each, cookiecutter, render),
      ]),
    );
  try {
    return render(typeof value === 'string' ? value : JSON.stringify(value), { cookiecutter });
  } catch (error) {
    throw invalid(`${key} cannot be rendered`, error);
  }
}

function settle(key: string, value: unknown, override: string | undefined): unknown {
  if (Array.isArray(value)) {
    if (override !== undefined && !value.includes(override)) throw refused(key, 'none of the choices');
    return override ?? (value[0] as unknown);
  }
  if (override === undefined) return value;
  if (isObject(value)) throw refused(key, 'a dictionary, which cannot be given');
  return typeof value === 'boolean' ? asBoolean(key, override) : override;
}

function asBoolean(key: string, text: string): boolean {
  const word = text.toLowerCase();
  if (!TRUE.has(word) && !FALSE.has(word)) throw refused(key, 'not yes or no');
  return TRUE.has(word);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(rule: string, cause?: unknown): ProjectError {
  return new ProjectError('invalid_template', `cookiecutter.json: ${rule}`, cause);
}

function refused(key: string, rule: string): ProjectError {
  return new ProjectError('invalid_value', `${key}: ${rule}`);
}

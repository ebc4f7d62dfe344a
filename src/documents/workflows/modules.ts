import type { Files, Json, JsonObject } from '../model.js';
import { isObject, type Reader } from '../reader.js';
import { readModule } from '../tofu/read-module.js';
import type { StepInput } from './step-input.js';

const SUFFIX = '.tf.json';
const OTHERS = /\.(tf|tofu|tofu\.json|tfvars|tfvars\.json|hcl)$/;

/**
 * Puts a module of OpenTofu into the input of a step, as texts, so that a run keeps it as it was. What looks like a reference there is
 * OpenTofu's own: nothing is filled in.
 */
export function withModule(reader: Reader, input: StepInput, files: Files): StepInput {
  const { module, ...others } = input.value;
  const field = module === undefined ? 'files' : 'module';
  const at = input.at([field]);
  if (module !== undefined && others.files !== undefined)
    reader.errorAtKey(at, '`module` and `files` mean the same: use one of them', 'module');
  const found = module === undefined ? others.files : folderOf(reader, input, module, files);
  if (!isObject(found)) return input;
  const texts = Object.fromEntries(Object.entries(found).map(([path, each]) => [path, textOf(each)]));
  for (const [path, text] of Object.entries(texts))
    if (/\$\{\s*(inputs|steps|resources)\./.test(text) || text.includes('{{'))
      reader.error(at, `\`${path}\` has a reference of a workflow: give the value by \`variables\``);
  for (const refusal of readModule(texts).refusals) reader.error(at, `\`${refusal.at}\` ${refusal.rule}`);
  const escaped: JsonObject = {};
  for (const [path, text] of Object.entries(texts)) escaped[path] = text.replaceAll('${', () => '$${');
  return {
    value: { ...others, files: escaped },
    at: (way) => (way[0] === 'files' ? at : input.at(way)),
  };
}

const textOf = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** The files of a folder of the provider, by their paths below it. Undefined: there are none. */
function folderOf(reader: Reader, input: StepInput, folder: Json, files: Files): JsonObject | undefined {
  const at = input.at(['module']);
  if (typeof folder !== 'string') {
    reader.error(at, '`module` must be a text');
    return undefined;
  }
  const start = `${folder.replace(/^(\.\/)+/, '').replace(/\/+$/, '')}/`;
  const inside = [...files].filter(([file]) => file.startsWith(start)).sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [file] of inside)
    if (OTHERS.test(file) && !file.endsWith(SUFFIX))
      reader.error(at, `\`${file}\` is not read: a module here has JSON syntax, in files *${SUFFIX}`);
  const own = inside.filter(([file]) => file.endsWith(SUFFIX));
  if (own.length > 0) return Object.fromEntries(own.map(([file, text]) => [file.slice(start.length), text]));
  reader.warning(at, `The provider has no files *${SUFFIX} in \`${folder}\`: a run is refused`);
  return undefined;
}

import type { Files, JsonObject } from '../model.js';
import { isObject, type Reader } from '../reader.js';
import { parseText } from '../references/parse-text.js';
import { ReferenceProblem } from '../references/reference.js';
import { filesProblem } from '../step-types/types/git.js';
import type { StepInput } from './step-input.js';

/** Files whose names start with a dot are no files of a provider. */
const DOT = /(^|\/)dot-(?=[^/])/g;

/**
 * Puts the files of a folder of the provider into the input of a step that commits them, so that a run keeps them as they were. References in
 * them are filled in later, each file as one text, so no value can become a file or a path.
 */
export function withTemplate(reader: Reader, input: StepInput, files: Files): StepInput {
  const { template, ...others } = input.value;
  if (template === undefined) return checked(reader, input);
  const at = input.at(['template']);
  if (input.value.files !== undefined)
    reader.errorAtKey(at, '`template` and `files` mean the same: use one of them', 'template');
  if (typeof template !== 'string') {
    reader.error(at, '`template` must be a text');
    return input;
  }
  const found = filesIn(template, files);
  if (found.size === 0) {
    reader.warning(at, `The provider has no files in \`${template}\`: a run is refused`);
    return input;
  }
  const texts: JsonObject = {};
  for (const [path, { file, text }] of found) texts[path] = readable(reader, input, file, text);
  return checked(reader, {
    value: { ...others, files: texts },
    at: (way) => (way[0] === 'files' ? at : input.at(way)),
  });
}

/** The files of a folder, by their paths in the repository. */
function filesIn(folder: string, files: Files): Map<string, { file: string; text: string }> {
  const start = `${folder.replace(/^(\.\/)+/, '').replace(/\/+$/, '')}/`;
  const inside = [...files].filter(([file]) => file.startsWith(start)).sort(([a], [b]) => (a < b ? -1 : 1));
  return new Map(
    inside.map(([file, text]) => [file.slice(start.length).replace(DOT, '$1.'), { file, text }]),
  );
}

/** The text, or nothing if its references cannot be read: that is said once, with the file. */
function readable(reader: Reader, input: StepInput, file: string, text: string): string {
  try {
    parseText(text);
    return text;
  } catch (error) {
    if (!(error instanceof ReferenceProblem)) throw error;
    reader.error(input.at(['template']), `\`${file}\`: ${error.message}`, error.suggestion);
    return '';
  }
}

function checked(reader: Reader, input: StepInput): StepInput {
  const { files } = input.value;
  const problem = isObject(files) ? filesProblem(files) : undefined;
  if (problem) reader.error(input.at(['files']), `The file \`${problem.path}\` ${problem.rule}`);
  return input;
}

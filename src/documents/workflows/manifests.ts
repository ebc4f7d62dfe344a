import type { Files, Json } from '../model.js';
import { isObject, type Reader } from '../reader.js';
import { parseText } from '../references/parse-text.js';
import { hasInlineSecret } from '../step-types/types/kubernetes.js';
import { readYaml } from '../yaml/read-yaml.js';
import type { StepInput } from './step-input.js';

/** Between two documents of a file. */
const SEPARATOR = /^---(?:[ \t].*)?$/m;
/** Without quotes it is no YAML. */
const GO_REFERENCE = /\{\{-?\s*\.parameters\.(\w+)\s*-?\}\}/g;

/**
 * Makes a list of objects of what a step that applies manifests has: one object, a list, a text with YAML, or the name of a file of the provider.
 * References are filled in later, in the leaves, so no value can become a part of the structure.
 */
export function withManifests(reader: Reader, input: StepInput, files: Files): StepInput {
  const { manifest_path: beside, manifestPath, ...others } = input.value;
  const path = beside ?? manifestPath;
  if (path === undefined) return withOwn(reader, input);
  const at = input.at([beside === undefined ? 'manifestPath' : 'manifest_path']);
  if (input.value.manifest !== undefined)
    reader.errorAtKey(at, '`manifest` and `manifest_path` mean the same: use one of them', 'manifest');
  if (typeof path !== 'string') {
    reader.error(at, '`manifest_path` must be a text');
    return input;
  }
  const text = files.get(path.replace(/^(\.\/)+/, ''));
  if (text === undefined) {
    reader.warning(at, `The provider has no file \`${path}\`: a run is refused`);
    return { ...input, value: { ...others, manifest_path: path } };
  }
  return checked(reader, {
    value: { ...others, manifest: documentsOf(path, text, (message) => reader.error(at, message)) },
    at: (way) => (way[0] === 'manifest' ? at : input.at(way)),
  });
}

function withOwn(reader: Reader, input: StepInput): StepInput {
  const { manifest } = input.value;
  if (manifest === undefined || Array.isArray(manifest)) return checked(reader, input);
  const isText = typeof manifest === 'string' && !isReference(manifest);
  const at = input.at(['manifest']);
  const read = isText
    ? documentsOf('manifest', manifest, (message) => reader.error(at, message))
    : [manifest];
  // of one object the place is known, of a text only where it begins
  const placeOf: StepInput['at'] = ([first, , ...rest]) => (isText ? at : input.at([first ?? '', ...rest]));
  return checked(reader, {
    value: { ...input.value, manifest: read },
    at: (way) => (way[0] === 'manifest' ? placeOf(way) : input.at(way)),
  });
}

function documentsOf(file: string, text: string, refuse: (why: string) => void): Json[] {
  const readable = text.replace(GO_REFERENCE, (_, name: string) => `\${inputs.${name}}`);
  return readable.split(SEPARATOR).flatMap((document) => {
    if (document.trim() === '') return [];
    const { value, errors } = readYaml(file, document);
    for (const { message } of errors) refuse(`\`${file}\` cannot be read. ${message}`);
    return value === undefined || value.tree === null ? [] : [value.tree];
  });
}

/** One reference and nothing else: only a run tells what it is. */
function isReference(text: string): boolean {
  try {
    const [only, ...more] = parseText(text.trim());
    return only !== undefined && typeof only !== 'string' && more.length === 0;
  } catch {
    return false;
  }
}

function checked(reader: Reader, input: StepInput): StepInput {
  const { manifest } = input.value;
  for (const [index, each] of (Array.isArray(manifest) ? manifest : []).entries())
    if (isObject(each) && hasInlineSecret(each))
      reader.error(
        input.at(['manifest', index]),
        'A Secret has no values in a document: let the step that makes the secret deliver it',
        'deliver',
      );
  return input;
}

import { nearest } from '../../documents/nearest.js';
import type { Reader } from '../../documents/reader.js';
import { STEP_TYPES } from '../../documents/step-types/catalogue.js';
import type { Path } from '../../documents/yaml/yaml-source.js';
import { isType } from '../judge.js';

/** A pattern that covers no step type that exists is a typing error. */
export function checkStepPattern(reader: Reader, path: Path, pattern: string): void {
  const all = [...STEP_TYPES.keys()];
  if (!all.some((type) => isType(pattern, type)))
    reader.error(path, `There are no step types \`${pattern}\``, nearest(pattern, all));
}

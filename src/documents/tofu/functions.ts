import type { Json } from '../model.js';
import type { Refusal } from './blocks.js';

/**
 * Functions that read files of the worker, or that read a text as a template, which could name the others. `core::file` is the same one.
 * A call is a name and a bracket, with nothing but spaces and comments between them; a comment is refused with it.
 */
const CALL =
  /(?<![A-Za-z0-9_-])(abspath|file|fileexists|fileset|filebase64|filebase64sha256|filebase64sha512|filemd5|filesha1|filesha256|filesha512|pathexpand|templatefile|templatestring)\s*(\(|\/\*|\/\/|#)/;

/** Looks at all texts, also at the names of fields: both may be templates. */
export function functionsProblem(value: Json, at: string, refuse: (refusal: Refusal) => void): void {
  if (typeof value === 'string') {
    const [, name] = CALL.exec(value) ?? [];
    if (name !== undefined)
      refuse({ at, rule: `must not call \`${name}\`: a step reads no files of the worker` });
  } else if (Array.isArray(value)) for (const each of value) functionsProblem(each, at, refuse);
  else if (typeof value === 'object' && value !== null)
    for (const [name, each] of Object.entries(value)) {
      functionsProblem(name, at, refuse);
      functionsProblem(each, at.includes(': ') ? `${at}.${name}` : `${at}: ${name}`, refuse);
    }
}

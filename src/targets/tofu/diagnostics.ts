import { Problem } from '../../common/problems/problem.js';
import type { Ended } from '../tools/tool-process.js';
import type { SecretValues } from '../tools/secret-values.js';

const MAX_MESSAGE = 600;

interface Diagnostic {
  severity?: string;
  summary?: string;
  detail?: string;
  address?: string;
}

/** Why OpenTofu failed, from what it wrote line by line: its own words, without values that are secret. */
export function problemIn({ output, errors, code }: Ended, what: string, hidden: SecretValues): Problem {
  const [first] = output.split('\n').flatMap(errorIn);
  const said = first ? [first.address, first.summary, first.detail].filter(Boolean).join(': ') : errors;
  const text = hidden.without(said.replace(/\s+/g, ' ').trim());
  const message = text === '' ? `it ended with ${code}` : text.slice(0, MAX_MESSAGE);
  return new Problem('target_refused', `OpenTofu failed (${what}): ${message}`);
}

function errorIn(line: string): Diagnostic[] {
  if (!line.startsWith('{')) return [];
  try {
    const { diagnostic } = JSON.parse(line) as { diagnostic?: Diagnostic };
    return diagnostic?.severity === 'error' ? [diagnostic] : [];
  } catch {
    return [];
  }
}

import { readFileSync } from 'node:fs';
import { usage } from '../exit-codes.js';

/** The text of a file that is named in the arguments. */
export function readText(file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw usage(
      code?.startsWith('E') && !code.startsWith('ERR_')
        ? `${file} cannot be read (${code})`
        : `${file} is not text in UTF-8`,
    );
  }
}

/** Parameters from a file with a mapping, in YAML or JSON. */
export async function readInputs(file: string): Promise<Record<string, unknown>> {
  const { readYaml } = await import('../../documents/yaml/read-yaml.js');
  const { value, errors } = readYaml(file, readText(file));
  if (!value) throw usage(`${file} is not valid`, findingLines(errors));
  const { tree } = value;
  if (typeof tree !== 'object' || tree === null || Array.isArray(tree))
    throw usage(`${file} must be a mapping of parameters`);
  return tree;
}

/** Where something is in a file, and what. */
export interface FoundIn {
  file: string;
  line: number;
  column: number;
  message: string;
  suggestion?: string;
}

/** One line for each finding. */
export function findingLines(findings: readonly FoundIn[], kind = ''): string[] {
  return findings.map(({ file, line, column, message, suggestion }) => {
    const advice = suggestion === undefined ? '' : ` (${suggestion})`;
    return `${file}:${line}:${column}: ${kind}${message}${advice}`;
  });
}

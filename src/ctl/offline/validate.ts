import type { Finding } from '../../documents/model.js';
import { readProvider } from '../../documents/providers/read-provider.js';
import { readFolder } from '../../providers/sources/folder-source.js';
import { SourceError } from '../../providers/sources/source-error.js';
import { EXIT, usage } from '../exit-codes.js';
import type { Shown } from '../output/output.js';
import { blocks, count } from '../output/text.js';
import { findingLines } from './files.js';

/** As `POST /api/providers/validate` answers. */
export interface Validation {
  valid: boolean;
  errors: Finding[];
  warnings: Finding[];
}

export interface ValidateOptions {
  strict?: boolean;
}

/** Checks the folders of providers with the code that the service loads them with. */
export async function validateProviders(
  folders: readonly string[],
  { strict = false }: ValidateOptions,
): Promise<Shown> {
  const found: { folder: string; validation: Validation }[] = [];
  for (const folder of folders) found.push({ folder, validation: await validateFolder(folder, strict) });
  const value = found.map(({ folder, validation }) => ({ folder, ...validation }));
  return {
    value: value.length === 1 ? found[0]?.validation : value,
    text: found.map(({ folder, validation }) => textOf(folder, validation)).join('\n\n'),
    exit: found.every(({ validation }) => validation.valid) ? EXIT.done : EXIT.usage,
  };
}

async function validateFolder(folder: string, strict: boolean): Promise<Validation> {
  try {
    const { value, errors, warnings } = readProvider(await readFolder(folder), { strict });
    return { valid: value !== undefined, errors, warnings };
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    if (!error.about || !('file' in error.about)) throw usage(`${folder}: ${error.message}`);
    const place = { file: error.about.file, line: 1, column: 1 };
    return { valid: false, errors: [{ ...place, message: error.message }], warnings: [] };
  }
}

function textOf(folder: string, { valid, errors, warnings }: Validation): string {
  const lines = [...findingLines(errors), ...findingLines(warnings, 'warning: ')];
  const found = [count(errors.length, 'error'), count(warnings.length, 'warning')].join(', ');
  return blocks(
    lines.join('\n'),
    valid ? `${folder} is valid: ${found}.` : `${folder} is not valid: ${found}.`,
  );
}

import { readFileSync } from 'node:fs';

/**
 * The value of a variable that may also be given as `NAME_FILE`, the path of a file with the value. Throws an Error that names the variable,
 * never a value.
 */
export function secretOf(source: NodeJS.ProcessEnv, name: string): string | undefined {
  const file = source[`${name}_FILE`];
  if (source[name] || !file) return source[name] || undefined;
  try {
    return readFileSync(file, 'utf8').trim() || undefined;
  } catch {
    throw new Error(`${name}_FILE must name a readable file`);
  }
}

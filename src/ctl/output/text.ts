/** Control characters but the end of a line: text of others must not steer a terminal. */
// eslint-disable-next-line no-control-regex -- that is what it looks for
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g;

/** Text that a terminal may show. */
export function plain(text: string): string {
  return text.replace(CONTROL, '\ufffd');
}

/** A value in one line. */
export function cell(value: unknown): string {
  if (value === null || value === undefined || value === '') return '-';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return plain(text).replaceAll('\n', ' ');
}

/** Aligned columns under their names. The last column is as long as it is. */
export function table(names: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const cells = [names, ...rows].map((row) => row.map(cell));
  const widths = names.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells
    .map((row) =>
      row
        .map((text, column) => text.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Names and values under each other. Those without a value are left out. */
export function fields(pairs: readonly (readonly [name: string, value: unknown])[]): string {
  const given = pairs.filter(([, value]) => value !== null && value !== undefined && value !== '');
  const width = Math.max(0, ...given.map(([name]) => name.length + 1));
  return given.map(([name, value]) => `${`${name}:`.padEnd(width)} ${cell(value)}`).join('\n');
}

/** Blocks with an empty line between them. */
export function blocks(...texts: (string | undefined)[]): string {
  return texts.filter((text) => text !== undefined && text !== '').join('\n\n');
}

/** `1 step`, `2 steps`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

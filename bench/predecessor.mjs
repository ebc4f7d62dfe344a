// Figures of a service that runs `mc` processes for the same tasks, measured on the same kind of machine, beside ours.
const SINGLE = 'first login of a new user, one at a time';
const FIGURES = [
  ['credentials of a new user', '1,972 ms', SINGLE, (line) => `${line.service.p50.toFixed(1)} ms`],
  ['rotation', '229 ms', 'rotation, one at a time', (line) => `${line.service.p50.toFixed(1)} ms`],
  [
    '50 new users at once, all of them',
    '74 s',
    'first login, 50 new users',
    (line) => `${(line.service.p50 / 1000).toFixed(2)} s`,
  ],
  [
    'memory for these',
    '5 GB of processes',
    'first login, 50 new users',
    (line) => line.note?.match(/\d+ MB/)?.[0] ?? '',
  ],
];

/** @returns {string[]} */
export function predecessorTable(lines, table) {
  const rows = FIGURES.flatMap(([what, theirs, start, show]) => {
    const line = lines.find((each) => each.what.startsWith(start));
    return line ? [[what, theirs, show(line)]] : [];
  });
  return rows.length > 0
    ? ['### Beside a service that runs `mc`', table(['what', 'with `mc` processes', 'here'], rows)]
    : [];
}

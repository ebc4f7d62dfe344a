/** The keys whose reach is compared: homes, folders in them, names that start alike, objects and folders of one name, and nobody's places. */
export const KEYS: readonly string[] = [
  ...['alice', 'alice2', 'bob'].flatMap((user) =>
    [
      '/',
      '/reports',
      '/reports/',
      '/reports/q1.csv',
      '/reports/2024/jan.csv',
      '/reports2/x',
      '/data/a/b/c',
    ].map((rest) => `users-warehouse/${user}${rest}`),
  ),
  'users-warehouse/alice',
  'users-warehouse/alice/reports2',
  'users-warehouse/alice/reports/q1.csv/part',
  'users-warehouse/alice/reports/20245/x',
  'users-warehouse/al/reports/q1.csv',
  'users-warehouse/carol/data/x',
  'users-warehouse/dave/data/a',
  'reference',
  'reference/genomes',
  'reference/genomes/hg38.fa',
  'reference/genomes2/hg38.fa',
];

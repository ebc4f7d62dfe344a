// The layers of src/: arrows point down only. A new folder must be given its place here, or it may not be imported.
const LAYERS = [
  ['common', 'config'],
  ['madmin', 'policy', 'database', 'auth', 'secrets', 'metrics', 'audit', 'statistics', 'tracing'],
  ['documents'],
  ['minio', 'targets', 'governance'],
  ['access', 'provisioning'],
  ['deletions', 'events', 'leavers', 'notifications'],
  ['credentials', 'users', 'groups', 'sharing', 'roles'],
  ['kinds', 'steps', 'providers', 'drift', 'data-products', 'adoption', 'rotations'],
  ['workflows', 'plans'],
  ['doctor', 'health', 'kbase-compat', 'page', 'scim'],
  ['openapi'],
  ['ctl'],
];

/** The same inside access/: each folder owns one thing, with its store. */
const ACCESS_LAYERS = [
  ['subjects'],
  ['memberships', 'grants', 'leases'],
  ['desired'],
  ['plan'],
  ['enforce', 'explain'],
  ['changes', 'nodes', 'drift'],
];

/** The page, web/src/. */
const WEB_LAYERS = [['words'], ['api'], ['parts'], ['app'], ['pages', 'admin']];

const folder = (names, root = 'src') => `^${root}/(${names.join('|')})/`;
const upwards = (layers, root) =>
  layers.slice(0, -1).map((names, level) => ({
    name: `no-arrow-up-from-${names.join('-')}`,
    comment: 'A lower layer knows nothing of those above it.',
    severity: 'error',
    from: { path: folder(names, root) },
    to: { path: folder(layers.slice(level + 1).flat(), root) },
  }));

const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

module.exports = {
  forbidden: [
    ...upwards(LAYERS, 'src'),
    ...upwards(ACCESS_LAYERS, 'src/access'),
    ...upwards(WEB_LAYERS, 'web/src').map((rule) => ({
      ...rule,
      name: `web-${rule.name}`,
      // the addresses name the pages, which are loaded when somebody goes there
      from: { ...rule.from, pathNot: '^web/src/app/routes\\.tsx$' },
    })),
    forbid(
      'web-pages-apart',
      'Pages do not know each other: each is loaded by itself.',
      { path: '^web/src/(pages|admin)/([^/]+)/' },
      { path: '^web/src/(pages|admin)/', pathNot: '^web/src/$1/$2/' },
    ),
    forbid(
      'web-alone',
      'The page knows the service by its API only.',
      { path: '^web/' },
      { path: '^(src|test|scripts)/' },
    ),
    forbid('no-circular', 'No cycles.', {}, { circular: true }),
    forbid(
      'known-folder',
      'Every folder of src has a place in LAYERS (.dependency-cruiser.cjs).',
      { path: '^src/' },
      { path: '^src/[^/]+/', pathNot: folder(LAYERS.flat()) },
    ),
    forbid(
      'known-access-folder',
      'Every folder of src/access has a place in ACCESS_LAYERS (.dependency-cruiser.cjs).',
      { path: '^src/access/' },
      { path: '^src/access/[^/]+/', pathNot: folder(ACCESS_LAYERS.flat(), 'src/access') },
    ),
    forbid('no-barrels', 'Import the file itself.', {}, { path: '^(src|test)/.*index\\.ts$' }),
    forbid(
      'no-composition',
      'Nobody imports main, app.module or openapi.',
      { path: '^src/[^/]+/' },
      { path: '^src/[^/]+\\.ts$' },
    ),
    forbid(
      'src-without-test',
      'The service does not need its tests.',
      { path: '^src/' },
      { path: '^(test|scripts)/' },
    ),
    forbid(
      'common-alone',
      '`common` imports no other folder.',
      { path: '^src/common/' },
      { path: '^src/(?!common/)' },
    ),
    forbid(
      'madmin-alone',
      '`madmin` is usable on its own.',
      { path: '^src/madmin/' },
      { path: '^src/(?!madmin/)' },
    ),
    forbid(
      'madmin-without-nest',
      '`madmin` is usable on its own.',
      { path: '^src/madmin/' },
      { path: 'node_modules/(@nestjs|kysely|pg|pino|nestjs-pino)/' },
    ),
    forbid(
      'auth-knows-callers-only',
      '`auth` says who calls; it knows config, common, the grammar of names and its own rows.',
      { path: '^src/auth/' },
      { path: '^src/', pathNot: folder(['auth', 'common', 'config', 'database', 'policy']) },
    ),
    forbid(
      'policy-pure',
      '`policy` knows only the types of policy documents.',
      { path: '^src/policy/' },
      { path: '^src/(?!policy/)', pathNot: '^src/madmin/types\\.ts$' },
    ),
    forbid(
      'policy-types-only',
      '`policy` imports types of `madmin`, never its code.',
      { path: '^src/policy/' },
      { path: '^src/madmin/', dependencyTypesNot: ['type-only'] },
    ),
    forbid(
      'policy-without-io',
      '`policy` is pure: no Nest, no packages with I/O, no Node modules but crypto.',
      { path: '^src/policy/' },
      { path: '^(node:)?(?!crypto$)|node_modules/', dependencyTypes: ['core', 'npm'] },
    ),
    forbid(
      'documents-pure',
      '`documents` is pure: besides itself it knows the grammar of names and paths, and when two JSON values are the same.',
      { path: '^src/documents/' },
      { path: '^src/', pathNot: '^src/((documents|policy)/|common/(canonical|hash)[.]ts)' },
    ),
    forbid(
      'documents-without-io',
      '`documents` is pure: no Nest, no Node modules but crypto, no packages with I/O.',
      { path: '^src/documents/' },
      {
        path: '.',
        pathNot: '^(node:)?crypto$|node_modules/(ajv|ajv-formats|re2js|yaml|@marcbachmann/cel-js)/',
        dependencyTypes: ['core', 'npm'],
      },
    ),
    forbid(
      'sql-in-stores',
      'Only database/, *.store.ts and targets/postgres/ (to servers that are not its own) speak SQL.',
      { path: '^src/', pathNot: '^src/(database|targets/postgres)/|\\.store\\.ts$' },
      { path: 'node_modules/(kysely|pg|@electric-sql/pglite)/' },
    ),
    forbid(
      'store-is-private',
      "Nobody imports another folder's store.",
      { path: '^src/([^/]+)/' },
      { path: '\\.store\\.ts$', pathNot: '^src/$1/' },
    ),
    forbid(
      'undici-in-madmin',
      "Only madmin/ opens a socket to MinIO's admin API.",
      { path: '^src/', pathNot: '^src/madmin/' },
      { path: 'node_modules/undici/' },
    ),
    forbid(
      'no-unlisted-package',
      'A package that package.json does not list may be gone after the next install.',
      { path: '^src/' },
      { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'], dependencyTypesNot: ['type-only'] },
    ),
    forbid('no-unresolvable', 'The file or package does not exist.', {}, { couldNotResolve: true }),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.test.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};

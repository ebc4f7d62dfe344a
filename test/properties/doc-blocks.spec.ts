import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../scripts/node.mjs';
import { loadConfig } from '../../src/config/load-config.js';
import { type Block, blocksOf } from '../support/walks/pages.js';

/** Who executes the blocks of a page, or its files as they stand. */
const EXECUTED: Record<string, string[]> = {
  'README.md': ['e2e/walks/first-minutes.ts'],
  'clients/python/README.md': ['e2e/packages/python-client.spec.ts'],
  'src/madmin/README.md': ['e2e/packages/admin-client.spec.ts'],
  'docs/cli.md': ['e2e/ctl/ctl.spec.ts'],
  'docs/clients.md': ['e2e/clients/tools.spec.ts'],
  'docs/command-line.md': ['e2e/walks/terminal.ts'],
  'docs/credentials.md': ['e2e/service/docs.spec.ts'],
  'docs/data-products-postgres.md': ['e2e/data-products/schemas/logins.spec.ts'],
  'docs/demo.md': ['e2e/walks/golden-paths.ts'],
  'docs/governance.md': ['properties/governance/policy.spec.ts'],
  'docs/groups.md': ['e2e/service/docs.spec.ts'],
  'docs/jupyterhub.md': ['e2e/walks/hub.ts', 'support/clients/hub/hub.ts'],
  'docs/kubernetes-deployment.md': ['e2e/deploy/page.spec.ts'],
  'docs/kubernetes.md': ['e2e/kubernetes/page.spec.ts'],
  'docs/migration.md': ['e2e/adoption/migration-page.spec.ts'],
  'docs/monitoring.md': ['e2e/deploy/page.spec.ts'],
  'docs/notebooks.md': ['e2e/walks/notebook.ts'],
  'docs/operations.md': ['e2e/service/docs.spec.ts'],
  'docs/plans.md': ['e2e/service/docs.spec.ts'],
  'docs/providers.md': ['e2e/providers/page.spec.ts'],
  'docs/provisioning.md': ['e2e/service/docs.spec.ts'],
  'docs/queue.md': ['e2e/queue/broker.spec.ts'],
  'docs/score.md': ['support/workflows/score-providers.ts'],
  'docs/sharing.md': ['e2e/service/docs.spec.ts'],
  'docs/spark.md': ['e2e/clients/spark.spec.ts'],
  'docs/targets.md': ['support/servers/openbao.ts', 'e2e/steps/postgres/logins.ts'],
  // the settings of a worker are what support/tools/stack.ts gives
  'docs/tools.md': [
    'e2e/ansible/page.spec.ts',
    'e2e/tofu/modules.spec.ts',
    'properties/tofu/modules.spec.ts',
  ],
  'docs/workflows.md': ['properties/documents/documents/page.spec.ts'],
};

/** Pages whose blocks are settings, which the test below reads. */
const SETTINGS = ['docs/authentication.md', 'docs/kbase-compat.md', 'docs/page.md', 'docs/tracing.md'];

/** Pages whose blocks nobody executes, and why not. */
const NOT_EXECUTED: Record<string, string> = {
  'deploy/kubernetes/README.md': 'it renders the committed objects, which test/e2e/deploy compares',
  'docs/data-products.md':
    'the statement is for a database of a portal; test/e2e/data-products sends such requests',
  'docs/development.md': 'the commands start all suites; CI runs most of them',
  'docs/leavers.md': 'the settings are of a hub; test/e2e/leavers confirms',
  'docs/performance.md': 'the benchmarks take an hour',
  'docs/proxy.md': 'the addresses are those of a site; test/e2e/proxy runs nginx with the included files',
  'docs/scim.md': 'the command makes a token as in test/e2e/auth/service-tokens',
  'docs/servers.md': 'the conformance suites run on the MinIO of the tests',
};

const OTHERS = [
  'README.md',
  'clients/python/README.md',
  'src/madmin/README.md',
  'deploy/kubernetes/README.md',
];
const PAGES = [...OTHERS, ...readdirSync(join(ROOT, 'docs')).map((name) => `docs/${name}`)].filter(
  (page) => page.endsWith('.md') && blocks(page).length > 0,
);

function blocks(page: string): Block[] {
  return blocksOf(join(ROOT, page)).filter(({ language }) => language !== '');
}

/** `NAME=value`, a setting a line or several; what programs say there counts as set. */
function settingsIn(text: string): Record<string, string> {
  const found = text.matchAll(/(?:^|\s)([A-Z][A-Z0-9_]+)=('[^']*'|"[^"]*"|\S*)/g);
  return Object.fromEntries(
    [...found].map(([, name, value = '']) => [name, value.replace(/^(['"])(.*)\1$/, '$2')]),
  );
}

describe('the blocks of the documentation', () => {
  it('are executed by a suite on each page, or it is said why not', () => {
    const said = [...Object.keys(EXECUTED), ...Object.keys(NOT_EXECUTED), ...SETTINGS];
    expect(said.sort()).toEqual(PAGES.sort());
  });

  it.each(Object.entries(EXECUTED))('have suites that name their page: %s', (page, suites) => {
    for (const suite of suites) {
      const file = join(ROOT, 'test', suite);
      expect([suite, existsSync(file)]).toEqual([suite, true]);
      const name = page.replace(/^docs\//, '').replace(/^(src|clients)\/.*\//, '');
      expect([suite, readFileSync(file, 'utf8').includes(name)]).toEqual([suite, true]);
    }
  });

  it.each(SETTINGS)('are settings that the service takes: %s', (page) => {
    const given = blocks(page).map(({ text }) => settingsIn(text));
    expect(given.some((each) => Object.keys(each).length > 0)).toBe(true);
    for (const settings of given) {
      const base = {
        MINIO_ENDPOINT: 'http://127.0.0.1:9000',
        MINIO_ROOT_USER: 'minioadmin',
        MINIO_ROOT_PASSWORD: 'minioadmin',
        OIDC_ISSUER: 'https://issuer.example.org/realm',
        OIDC_AUDIENCE: 'lake',
      };
      const { SERVICE_TOKENS: _, ...rest } = settings;
      // the files are not here
      const here = Object.entries(rest).map(([name, value]) =>
        name.endsWith('_FILE') ? [name.replace(/_FILE$/, ''), 'a-secret-of-the-test'] : [name, value],
      );
      expect(() => loadConfig({ ...base, ...Object.fromEntries(here) }, [])).not.toThrow();
    }
  });
});

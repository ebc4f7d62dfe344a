import { createHash, randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  CLIENT,
  PYTEST_MS,
  type PytestCase,
  pytest,
  python,
  pythonOfTests,
} from '../../support/clients/python-client.js';
import { makePeople, NO_LIMITS } from '../../support/access/sharing.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';

/** Packages from PyPI, when they are not in the cache. */
const INSTALL_MS = 600_000;
const PEOPLE = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank'];
/** They have a token, and have never been here. */
const NEWCOMERS = ['newcomer', 'visitor', 'latecomer'];
const SERVICE = `svc_${randomBytes(16).toString('hex')}`;
const SERVICE_TOKENS = JSON.stringify([
  { name: 'hub', sha256: createHash('sha256').update(SERVICE).digest('hex'), scopes: ['credentials'] },
]);

/** `core` and `people`; what belongs to the hub is run by the hub's own suite. */
const FILES = ['core', 'people'].flatMap((folder) =>
  readdirSync(join(CLIENT, 'tests', folder))
    .filter((name) => /^test_.*\.py$/.test(name))
    .map((name) => `${folder}/${name}`),
);

describe('the Python client', () => {
  let stack: Stack;
  let cases: PytestCase[];

  beforeAll(
    async () => {
      [stack] = await Promise.all([
        startStack({ env: { ...NO_LIMITS, SERVICE_TOKENS, PAGE_URL: 'https://lake.example.org' } }),
        pythonOfTests(),
      ]);
      await makePeople(stack, PEOPLE);
      await stack.admin.post('/groups/KBase', { members: ['bob'], readers: ['carol'], owners: ['alice'] });
      for (const name of NEWCOMERS) stack.person(name);
      const tokens = { ...Object.fromEntries(stack.tokens), service: SERVICE };
      cases = await pytest(
        FILES.map((file) => `tests/${file}`),
        { url: stack.service.baseUrl, endpoint: stack.minio.endpoint, tokens },
      );
    },
    INSTALL_MS + START_MS + PYTEST_MS,
  );
  afterAll(() => stack?.stop());

  it.each(FILES)('%s', (file) => {
    const ofFile = cases.filter((found) => found.file === file);
    expect(ofFile).not.toEqual([]);
    const wrong = ofFile.filter(({ outcome }) => outcome !== 'passed');
    if (wrong.length > 0) throw new Error(wrong.map(({ name, text }) => `${name}\n${text}`).join('\n\n'));
  });

  it(
    'is written as its rules say (ruff)',
    async () => {
      expect(await python(['-m', 'ruff', 'check', '--no-cache', '.'])).toMatchObject({ code: 0 });
      expect(await python(['-m', 'ruff', 'format', '--no-cache', '--check', '.'])).toMatchObject({ code: 0 });
    },
    PYTEST_MS,
  );

  it(
    'has types that hold (mypy --strict)',
    async () => {
      expect(await python(['-m', 'mypy', '--no-incremental'])).toEqual({
        code: 0,
        output: expect.stringContaining('no issues'),
      });
    },
    PYTEST_MS,
  );
});

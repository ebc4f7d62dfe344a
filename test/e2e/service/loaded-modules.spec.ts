import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { hasServer } from '../../support/servers/postgres.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';
import { tempDir } from '../../support/service/temp.js';

const HOOK = pathToFileURL(join(import.meta.dirname, '../../support/service/loaded-files.mjs')).href;
/** One file of it, which says where the others are. */
const DOCS = 'swagger-ui-dist';
const onPostgres = hasServer() ? describe : describe.skip;

/** A service whose loaded modules are written down, and what it has loaded when it is ready. */
async function start(
  embedded: boolean,
  more: Record<string, string> = {},
): Promise<{ stack: Stack; modules: () => string[] }> {
  const file = join(tempDir('loaded'), 'modules');
  const env = { NODE_OPTIONS: `--import=${HOOK}`, LOADED_FILES: file, ...more };
  const stack = await startStack({ embedded, env });
  return { stack, modules: () => readFileSync(file, 'utf8').trim().split('\n') };
}

/** The packages whose own files were loaded. */
function packagesOf(modules: string[]): string[] {
  const paths = modules.flatMap((url) => url.split('/node_modules/').slice(1).at(-1) ?? []);
  return [...new Set(paths.map((path) => /^(@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? path))].sort();
}

onPostgres('a service on PostgreSQL that is ready', () => {
  let stack: Stack;
  let modules: () => string[];

  beforeAll(async () => {
    ({ stack, modules } = await start(false));
  }, START_MS);
  afterAll(() => stack?.stop());

  it('has loaded its packages from one file', () => {
    expect(modules().filter((url) => url.endsWith('/dist/packages/all.js'))).toHaveLength(1);
    expect(packagesOf(modules())).toEqual([DOCS]);
  });

  it('has loaded its own files from one, and the one that says where the project is', () => {
    const own = modules().flatMap((url) => url.split('/dist/').slice(1));
    const files = own.filter((path) => !path.startsWith('packages/')).sort();
    expect(files).toEqual(['config/root.js', 'main.js', 'service.js']);
  });
});

describe('a service on the embedded database', () => {
  let stack: Stack;
  let modules: () => string[];

  beforeAll(async () => {
    ({ stack, modules } = await start(true));
  }, START_MS);
  afterAll(() => stack?.stop());

  it('has also loaded that', () => {
    expect(packagesOf(modules())).toEqual(['@electric-sql/pglite', DOCS]);
  });
});

describe('a service that is told of a collector', () => {
  const COLLECTOR = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' };

  it.each([
    ['traces', COLLECTOR, true],
    ['does not trace', { ...COLLECTOR, OTEL_SDK_DISABLED: 'True' }, false],
  ])('%s, and loads the packages of OpenTelemetry then only', async (_, env, isLoaded) => {
    const { stack, modules } = await start(true, env);
    try {
      const packages = packagesOf(modules()).filter((name) => name.startsWith('@opentelemetry/'));
      expect(packages.includes('@opentelemetry/sdk-trace')).toBe(isLoaded);
      expect(packages.length > 0).toBe(isLoaded);
    } finally {
      await stack.stop();
    }
  });
});

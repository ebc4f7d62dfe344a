import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../../../scripts/node.mjs';
import { CLIENT } from '../../support/clients/python-client.js';
import {
  type Built,
  buildPythonPackage,
  installedAlone,
  packagingPython,
  PIP_MS,
  quietly,
} from '../../support/packages/python.js';
import { npmPackage } from '../../support/packages/npm.js';

const run = promisify(execFile);
const SOURCES = join(CLIENT, 'src');

/** All but the modules for a hub, which need what a hub has. */
const IMPORT_ALL = `
import importlib, pkgutil, minio_manager
for module in pkgutil.walk_packages(minio_manager.__path__, "minio_manager."):
    if not module.name.startswith("minio_manager.hub"):
        importlib.import_module(module.name)
`;
/** The oldest that is promised and the newest, by the Pyodide that brings it. */
const PYTHONS = [
  ['3.10', '0.22.1'],
  ['3.14', '314.0.7'],
];
/** Not every Pyodide has ssl, and nothing here uses it. */
const BY_ITSELF = `
import pathlib, sys, types
sys.dont_write_bytecode = True
sys.path.insert(0, "/src")
try:
    import ssl
except ImportError:
    sys.modules["ssl"] = types.ModuleType("ssl")
for file in pathlib.Path("/src").rglob("*.py"):
    compile(file.read_text(), str(file), "exec")
${IMPORT_ALL}
from minio_manager.commands.lake import main
sys.argv = ["lake", "--help"]
try:
    main()
except SystemExit as end:
    assert end.code == 0
`;

describe('the Python package', () => {
  let built: Built;
  let programs: string;

  beforeAll(async () => {
    built = await buildPythonPackage();
    programs = await installedAlone(built.wheel);
  }, PIP_MS);

  /** The package's own files; `prefix` is how the paths of an archive begin. */
  const sources = (prefix: string) =>
    readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(py|typed|md)$/.test(name) && !name.includes('__pycache__'))
      .map((name) => prefix + name)
      .sort();

  it(
    'has a description and metadata that PyPI accepts and renders',
    async () => {
      const python = await packagingPython();
      const checked = await quietly(python, ['-m', 'twine', 'check', '--strict', built.sdist, built.wheel]);
      expect(checked.match(/PASSED/g)).toHaveLength(2);
      const page = await quietly(python, ['-m', 'readme_renderer', join(CLIENT, 'README.md')]);
      expect(page).toMatch(/<pre [\s\S]*<table>/);
      // where it is shown, nothing is beside it
      expect([...page.matchAll(/(?:href|src)="(?!https:|#)([^"]*)"/g)].map(([, link]) => link)).toEqual([]);
    },
    PIP_MS,
  );

  it('holds the sources, their types and the license; the archive the changelog, too; neither a test', async () => {
    const list = async (...command: [string, string[]]) => (await run(...command)).stdout.split('\n').sort();
    const wheel = await list('python3', ['-m', 'zipfile', '-l', built.wheel]);
    const inWheel = wheel.map((line) => line.split(' ')[0] ?? '').filter((name) => /\//.test(name));
    const about = inWheel
      .filter((name) => name.includes('.dist-info/'))
      .map((name) => name.replace(/^[^/]*\//, ''));
    expect(inWheel.filter((name) => !name.includes('.dist-info/'))).toEqual(sources(''));
    expect(about.sort()).toEqual(['METADATA', 'RECORD', 'WHEEL', 'entry_points.txt', 'licenses/LICENSE']);
    const inSdist = (await list('tar', ['-tzf', built.sdist])).map((name) => name.replace(/^[^/]*\//, ''));
    const others = ['CHANGELOG.md', 'LICENSE', 'PKG-INFO', 'README.md', 'pyproject.toml'];
    expect(inSdist.filter((name) => name !== '' && name !== '.gitignore').sort()).toEqual(
      [...others, ...sources('src/')].sort(),
    );
  });

  it(
    'installs into an empty environment, where its modules and programs start',
    async () => {
      const all = `${IMPORT_ALL}\nprint(minio_manager.__version__)`;
      const version = (await quietly(join(programs, 'python'), ['-c', all])).trim();
      expect(built.wheel).toContain(`-${version}-py3-none-any.whl`);
      expect(await quietly(join(programs, 'lake'), ['--help'])).toContain('share');
      expect(await quietly(join(programs, 'minio-manager-credentials'), ['--help'])).toContain(
        'credential_process',
      );
    },
    PIP_MS,
  );

  it.each(PYTHONS)(
    'runs on Python %s',
    async (version, release = '') => {
      const pyodide = await npmPackage('pyodide', release);
      const program = join(ROOT, 'test', 'support', 'packages', 'pyodide.mjs');
      const running = run(process.execPath, [program, pyodide, SOURCES], { timeout: PIP_MS });
      running.child.stdin?.end(`${BY_ITSELF}\nprint("Python", sys.version)\n`);
      const { stdout } = await running;
      expect(stdout).toContain('usage: lake');
      expect(stdout).toContain(`Python ${version}.`);
      expect(readFileSync(join(CLIENT, 'pyproject.toml'), 'utf8')).toContain('requires-python = ">=3.10"');
    },
    PIP_MS,
  );
});

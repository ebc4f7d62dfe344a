import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { hasAwsCli2 } from '../../support/clients/aws-cli.js';
import { pythonOfTests } from '../../support/clients/python-client.js';
import { sparkSurroundings } from '../../support/clients/spark.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';
import { tempDir } from '../../support/service/temp.js';
import { snippetsOf } from '../../../web/src/pages/connect/snippets.js';
import { environmentOf, type Keys, type Target } from '../../../web/src/parts/keys/environment.js';

/** The first run of a machine fetches Spark and the Python packages. */
const FETCH_MS = 900_000;
const run = promisify(execFile);

describe('the lines that the page offers to paste', () => {
  let stack: Stack;
  let target: Target;
  let keys: Keys;

  beforeAll(async () => {
    stack = await startStack();
    const alice = stack.person('alice');
    await alice.post('/users/alice');
    const { endpoint, region, home_path: home } = (await alice.get('/me')).body;
    target = { endpoint, region, home };
    keys = (await alice.post('/users/alice/sessions')).body;
  }, START_MS);
  afterAll(() => stack?.stop());

  /** Pastes the variables and then a program, as a person does. */
  const paste = async (command: string, env: Record<string, string> = {}): Promise<string> => {
    const script = `set -e\n${environmentOf(keys, target)}\n${command}`;
    const surroundings = { PATH: '/usr/bin:/bin', HOME: tempDir('home'), ...env };
    const { stdout } = await run('/bin/bash', ['-c', script], { env: surroundings });
    return stdout;
  };
  const textOf = (tool: string): string => {
    const found = snippetsOf(target).find((each) => each.tool === tool);
    if (!found) throw new Error(`the page offers nothing for ${tool}`);
    return found.text;
  };
  const inPython = (python: string, text: string) => `${python} - <<'PROGRAM'\n${text}\nPROGRAM`;

  it.each([
    ['Python (boto3)', 'users-warehouse/alice/hello.txt 5'],
    ['pandas', '1  oats'],
    ['DuckDB', 'rye'],
  ])(
    'work in %s',
    async (tool, printed) => {
      expect(await paste(inPython(await pythonOfTests(), textOf(tool)))).toContain(printed);
    },
    FETCH_MS,
  );

  it(
    'work in Spark',
    async () => {
      const { python, env, leave } = await sparkSurroundings();
      // the package is on this machine already
      const text = textOf('Spark').replace(
        /^\s*SparkSession\.builder\.config\("spark\.jars\.packages".*$/m,
        '    SparkSession.builder',
      );
      try {
        expect(await paste(inPython(python, text), env)).toContain('| rye|');
      } finally {
        leave();
      }
    },
    FETCH_MS,
  );

  (hasAwsCli2() ? it : it.skip)('work in the AWS CLI', async () => {
    expect(await paste(textOf('AWS CLI'))).toMatch(/ 6 hello\.txt/);
  });

  it('work in rclone', async () => {
    expect(await paste(textOf('rclone'))).toContain('hello.txt');
  });
});

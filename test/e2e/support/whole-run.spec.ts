import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findNode, ROOT } from '../../../scripts/node.mjs';
import { tempDir } from '../../support/service/temp.js';

const GOOD = `it('is good', () => undefined);`;
/** Fails once, and not again. */
const SOMETIMES = `import { existsSync, writeFileSync } from 'node:fs';
it('is sometimes bad', () => {
  const again = existsSync('MARK');
  writeFileSync('MARK', '');
  if (!again) throw new Error('lost a race');
});`;
/** Does not end, nor does what it started, which holds the output. */
const HANGS = `import { spawn } from 'node:child_process';
it('hangs', async () => {
  spawn('sleep', ['600'], { stdio: 'inherit' });
  await new Promise(() => undefined);
}, 600_000);`;

/** `npm test -- --all` on a project of these suites: what it printed until its output was closed, and its counts. */
async function wholeRun(suites: Record<string, string>, seconds: number) {
  const [project, reports] = [tempDir('project'), tempDir('reports')];
  for (const [name, text] of Object.entries(suites))
    writeFileSync(join(project, `${name}.spec.mjs`), text.replaceAll('MARK', join(project, 'mark')));
  const config = { rootDir: project, testMatch: ['**/*.spec.mjs'], transform: {}, maxWorkers: 2 };
  const argv = [
    join(ROOT, 'scripts', 'run.mjs'),
    'jest',
    '--all',
    reports,
    `--config=${JSON.stringify(config)}`,
  ];
  const deadline = String(Math.ceil(Date.now() / 1000) + seconds);
  const output = await new Promise<string>((resolve) => {
    const options = { env: { ...process.env, TEST_DEADLINE: deadline } };
    execFile(findNode(), argv, options, (_, stdout) => resolve(stdout));
  });
  return { output, counts: readFileSync(join(reports, 'counts'), 'utf8') };
}

describe('a whole run', () => {
  it('runs what failed once more, and says so', async () => {
    const { output, counts } = await wholeRun({ good: GOOD, sometimes: SOMETIMES }, 3600);
    expect(counts).toBe('2 0 0\n');
    expect(output).toMatch(/^\d\d:\d\d:\d\d {2}1\/2 {2}/m);
    expect(output).toMatch(/^failed: .*sometimes\.spec\.mjs; run again: passed$/m);
    expect(output).toContain('lost a race');
  });

  it('ends in time, with what it knows, and leaves nobody who holds its output', async () => {
    const { output, counts } = await wholeRun({ good: GOOD, hangs: HANGS }, 12);
    expect(counts).toBe('1 2 0\n');
    expect(output).toMatch(/^seconds {2}tests {2}suite\n.*good\.spec\.mjs$/m);
    expect(output).toMatch(/^failed: Jest was cut off .* after 1 of 2 suites\ncut off: .*hangs\.spec\.mjs$/m);
  });
});

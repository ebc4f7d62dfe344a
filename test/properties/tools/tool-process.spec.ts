import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exited, waitFor } from '../../../scripts/child.mjs';
import { ROOT } from '../../../scripts/node.mjs';
import { MARK } from '../../../src/targets/tools/leftovers.js';
import { runTool } from '../../../src/targets/tools/tool-process.js';
import { tempDir } from '../../support/service/temp.js';

const SUPERVISOR = join(ROOT, 'dist', 'targets', 'tools', 'supervisor.js');
/** Starts a program of its own that heeds no interrupt, tells its id, and waits. */
const NEST = 'trap "" INT; sleep 300 & echo $! > inner; wait; wait';

/** It heeds an interrupt, and what it started in the background does not. */
const DEAF = 'sleep 300 & echo $! > inner; wait';

/** What it started has left its group, as the processes of Ansible do. */
const AWAY = 'setsid sleep 300 & echo $! > inner; wait';

describe('a program beside a worker', () => {
  const env = { PATH: process.env.PATH ?? '' };
  const inFolder = (script: string, more: object = {}) => {
    const folder = tempDir('tool');
    writeFileSync(join(folder, 'script'), script);
    return { folder, run: runTool({ program: '/bin/sh', args: ['script'], folder, env, ...more }) };
  };
  const innerOf = async (folder: string): Promise<number> => {
    await waitFor(
      'the inner program',
      () => existsSync(join(folder, 'inner')) && readFileSync(join(folder, 'inner'), 'utf8') !== '',
    );
    return Number(readFileSync(join(folder, 'inner'), 'utf8'));
  };
  const isAlive = (pid: number): boolean => {
    try {
      process.kill(pid, 0);
      return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
    } catch {
      return false;
    }
  };

  it('gives its code and what it wrote, and sees nothing of our environment', async () => {
    process.env.TOOL_TEST_SECRET = 'x';
    const { run } = inFolder('env; echo bad >&2; exit 7');
    const ended = await run;
    expect([ended.code, ended.errors]).toEqual([7, 'bad\n']);
    expect(ended.output).not.toContain('TOOL_TEST_SECRET');
    delete process.env.TOOL_TEST_SECRET;
  });

  it.each(['sleep 300', 'setsid sleep 300'])('leaves nothing behind that it started: %s', async (program) => {
    const { folder, run } = inFolder(`${program} > /dev/null 2>&1 & echo $! > inner; sleep 0.2`);
    expect((await run).code).toBe(0);
    const inner = await innerOf(folder);
    await waitFor('its end', () => !isAlive(inner));
  });

  it.each([NEST, AWAY])(
    'is interrupted when its time is over, and killed with all that it started: %s',
    async (script) => {
      const limit = new AbortController();
      const { folder, run } = inFolder(script, { signal: limit.signal });
      const inner = await innerOf(folder);
      limit.abort();
      expect((await run).code).not.toBe(0);
      await waitFor('its end', () => !isAlive(inner));
    },
  );

  it('has time to end by itself', async () => {
    const limit = new AbortController();
    const { folder, run } = inFolder(
      'trap "sleep 1; echo saved; exit 3" INT; echo $$ > inner; while :; do sleep 0.1; done',
      {
        signal: limit.signal,
      },
    );
    await innerOf(folder);
    limit.abort();
    expect(await run).toMatchObject({ code: 3, output: 'saved\n' });
  });

  it.each([
    ['killed', true, NEST],
    ['killed, and the program ends before what it started', true, DEAF],
    ['standing still', false, NEST],
    ['killed, and what it started has left its group', true, AWAY],
  ])(
    'ends with all that it started when the worker is %s',
    async (_, closes, script) => {
      const folder = tempDir('tool');
      const mark = randomUUID();
      const child = spawn(process.execPath, [SUPERVISOR, mark, 'remove', '/bin/sh', '-c', script], {
        ...{ cwd: folder, env: { ...env, [MARK]: mark }, detached: true },
        stdio: ['pipe', 'ignore', 'ignore'],
      });
      const beat = setInterval(() => child.stdin.write('.'), 500);
      const inner = await innerOf(folder);
      // longer than it waits for a word
      if (!closes) await new Promise((resolve) => setTimeout(resolve, 6000));
      expect(isAlive(inner)).toBe(true);
      clearInterval(beat);
      if (closes) child.stdin.end();
      const since = Date.now();
      await exited(child);
      await waitFor('its end', () => !isAlive(inner));
      expect(Date.now() - since).toBeLessThan(14_000);
      expect(existsSync(folder)).toBe(false);
    },
    60_000,
  );
});

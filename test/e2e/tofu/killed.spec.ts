import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '../../../scripts/child.mjs';
import { slow } from '../../support/slow.js';
import type { ToolStack } from '../../support/tools/stack.js';
import { hasTofu, startTofuStack, TOFU_START_MS } from '../../support/tools/tofu.js';
import { acceptedRun, endOf, execute, providerFiles, runWhen } from '../../support/workflows/runs.js';

const PROVIDERS = providerFiles('infra', {
  pair: `
on_failure: rollback
parameters: [{name: state, type: string, required: true}]
steps:
  - name: pair
    type: tofu
    timeout: 600
    with:
      state: \${inputs.state}
      files:
        main.tf.json:
          resource: {terraform_data: {a: {input: 1}, b: {input: "\${terraform_data.a.id}"}}}
          output: {id: {value: "\${terraform_data.a.id}"}}
`,
  late: `
on_failure: rollback
parameters: [{name: state, type: string, required: true}]
steps:
  - name: late
    type: tofu
    timeout: 30
    with:
      state: \${inputs.state}
      files:
        main.tf.json: {resource: {terraform_data: {a: {input: 1}}}}
`,
});

(hasTofu() ? describe : describe.skip)('OpenTofu whose worker is killed, or whose time is over', () => {
  let world: ToolStack;
  let count = 0;
  const noted = (name: string) => join(world.data, name);

  beforeAll(async () => {
    // the real program, which waits after an apply as long as the file \`hold\` is there
    const wrap = (tofu: string) => `#!/bin/sh
here="$(dirname "$0")"
"${tofu}" "$@"
code=$?
if [ "$1" = apply ] && [ -e "$here/hold" ]; then
  sleep 600 > /dev/null 2>&1 &
  echo $! > "$here/held"
  wait
fi
exit $code
`;
    world = await startTofuStack(PROVIDERS, {}, wrap);
  }, TOFU_START_MS);
  afterAll(() => world?.stop());

  const begin = async (workflow: string, state: string) =>
    acceptedRun(
      await execute(...([world.stack.person('alice'), `infra/${workflow}`, { state }] as const), {
        ...{ team: 'Lab', application: `app-${(count += 1)}` },
      }),
    );
  const hold = () => {
    rmSync(noted('held'), { force: true });
    writeFileSync(noted('hold'), '');
  };
  const held = async (): Promise<number> => {
    await waitFor('an apply', () => existsSync(noted('held')) && readFileSync(noted('held'), 'utf8') !== '');
    return Number(readFileSync(noted('held'), 'utf8'));
  };
  const gone = (pid: number) =>
    waitFor(
      'the end of the program',
      () => !existsSync(`/proc/${pid}`) || readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z '),
    );

  it('leaves no process, the next worker goes on, and everything is made once', async () => {
    hold();
    const run = await begin('pair', 'killed');
    const pid = await held();
    await world.worker.kill();
    rmSync(noted('hold'));
    await gone(pid);
    await world.startWorker();
    const end = await endOf(world.stack.admin, run);
    expect([end.error, end.status]).toEqual([null, 'completed']);
    const { result } = (await world.stack.admin.get(`/provisions/${end.steps[0].provision_id}`)).body;
    expect(result.operations).toMatchObject([
      { action: 'create', status: 'done', entitlement: { id: 'terraform_data.a' } },
      { action: 'create', status: 'done', entitlement: { id: 'terraform_data.b' } },
    ]);
    expect(readdirSync(noted('tools'))).toEqual([]);
    await world.stack.admin.post(`/api/workflows/${run.id}/undo`);
    await runWhen(world.stack.admin, run, 'undone', ({ undone_at }) => undone_at !== null);
    expect(await world.states()).not.toContain('killed');
  }, 180_000);

  slow.it(
    'is ended with all that it started, and what it made is taken back',
    async () => {
      hold();
      const run = await begin('late', 'late');
      const pid = await held();
      rmSync(noted('hold'));
      await gone(pid);
      const end = await endOf(world.stack.admin, run);
      expect([end.status, end.error]).toEqual([
        'failed',
        expect.stringContaining('Step late failed: It was not done within 30 seconds'),
      ]);
      expect(await world.states()).not.toContain('late');
    },
    180_000,
  );
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PolicyDocument } from '../../../src/madmin/types.js';
import { ROOT } from '../../../scripts/node.mjs';
import { makeGroup, makeUsers, oldPair } from '../../support/access/foreign-world.js';
import { Terminal, blocksOf } from '../../support/walks/pages.js';
import { repeated } from '../../support/network/repeat.js';
import { outcome } from '../../support/access/s3.js';
import { ADMIN_ROLE, BUCKET, type Stack, START_MS, startStack } from '../../support/service/stack.js';
import { tempDir } from '../../support/service/temp.js';

const kbase = JSON.parse(
  readFileSync(new URL('../../fixtures/policy/kbase-policies.json', import.meta.url), 'utf8'),
) as Record<string, PolicyDocument>;

describe('the page about moving a MinIO', () => {
  let stack: Stack;
  const people = ['fred', 'wilma', 'barney', 'betty_r'];

  beforeAll(async () => {
    stack = await startStack({
      env: {
        HOME_PREFIXES: 'cdm-lake/users-sql-warehouse,cdm-lake/users-general-warehouse',
        GRANTABLE_BUCKETS: 'cdm-lake,cdm-spark-job-logs,cts',
      },
    });
    await stack.person('first').post('/users/first');
    for (const bucket of ['cdm-spark-job-logs', 'cts']) await stack.rootS3.createBucket(bucket);
    for (const [name, document] of Object.entries(kbase)) await stack.root.policies.put(name, document);
    await makeUsers(
      stack,
      Object.fromEntries(
        people.map((name) => [name, [`user-home-policy-${name}`, `user-system-policy-${name}`]]),
      ),
    );
    await makeGroup(stack, 'kbase', ['fred', 'wilma'], ['group-policy-kbase']);
    await makeGroup(stack, 'kbasero', ['barney'], ['group-policy-kbasero']);
    await makeGroup(stack, 'globalusers', ['fred'], ['group-policy-globalusers']);
    await makeGroup(
      stack,
      'globalusersro',
      ['fred', 'wilma', 'barney', 'betty_r'],
      ['group-policy-globalusersro'],
    );
  }, START_MS);
  afterAll(() => stack?.stop());

  it('is run as it is written, and nobody is refused meanwhile', async () => {
    const table = 'users-sql-warehouse/fred/u_fred__demo.db/table1/part';
    await stack.rootS3.put(BUCKET, table, 'x');
    await stack.rootS3.put(BUCKET, 'tenant-sql-warehouse/kbase/kbase_a/x', 'x');
    const reads: [string, string][] = [
      ['fred', table],
      ['wilma', table],
      ['wilma', 'tenant-sql-warehouse/kbase/kbase_a/x'],
      ['barney', 'tenant-sql-warehouse/kbase/kbase_a/x'],
    ];
    const read = ([user, key]: [string, string]) => outcome(() => stack.s3(oldPair(user)).get(BUCKET, key));
    for (const each of reads) expect([each, await read(each)]).toEqual([each, 'ok']);
    const loops = reads.map((each) => repeated(() => read(each)));
    const { token } = stack.person('admin', [ADMIN_ROLE]);
    const cwd = tempDir('migration');
    const terminal = new Terminal(cwd, { LAKE: stack.service.baseUrl, TOKEN: token });
    const blocks = blocksOf(join(ROOT, 'docs', 'migration.md'));
    expect(blocks.length).toBeGreaterThan(6);
    for (const { language, text } of blocks) {
      expect(language).toBe('sh');
      await terminal.run(text);
    }
    for (const each of loops) expect(await each.end()).toEqual(['ok']);

    const answer = JSON.parse(readFileSync(join(cwd, 'adopted.json'), 'utf8'));
    const planned = JSON.parse(readFileSync(join(cwd, 'plan.json'), 'utf8'));
    expect([...answer.results, ...answer.groups].map(({ status }) => status)).toEqual(
      Array.from({ length: 6 }, () => 'adopted'),
    );
    expect(planned.groups.map((each: any) => each.imported)).toEqual(
      answer.groups.map((each: any) => each.imported),
    );
    expect(
      (await stack.admin.get('/groups/globalusers')).body.members.map(
        (each: any) => `${each.user_name} ${each.role}`,
      ),
    ).toEqual(['barney reader', 'betty_r reader', 'fred member', 'wilma reader']);
    // the last command gave the group back
    expect((await stack.admin.get('/groups/kbase')).status).toBe(404);
    expect((await stack.root.groups.info('kbase')).policies).toEqual(['group-policy-kbase']);
  });
});

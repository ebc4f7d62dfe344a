import { join } from 'node:path';
import { waitFor } from '../../../scripts/child.mjs';
import { ROOT } from '../../../scripts/node.mjs';
import { Terminal, blocksOf } from '../../support/walks/pages.js';
import { makePeople, NO_LIMITS } from '../../support/access/sharing.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';
import { tempDir } from '../../support/service/temp.js';

/** Pages whose blocks are run where the client or the product they are about is are not here. */
describe('the commands of the documentation', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack({ env: NO_LIMITS });
    await makePeople(stack, ['alice', 'bob']);
    await stack.admin.post('/groups/KBase', { members: ['bob'] });
  }, START_MS);
  afterAll(() => stack?.stop());

  /** Runs every block of sh on the page, in order; a request that is refused fails. */
  async function runPage(page: string, env: Record<string, string>): Promise<number> {
    const terminal = new Terminal(tempDir('docs'), env);
    const curl = 'curl() { command curl --fail-with-body -sS "$@"; }';
    const blocks = blocksOf(join(ROOT, 'docs', page));
    for (const { language, text } of blocks) {
      expect(language).toBe('sh');
      const script = text.replace(/(?:http:\/\/127\.0\.0\.1|localhost):8090/g, stack.service.baseUrl);
      await terminal.run(`${curl}\n${script}`);
    }
    return blocks.length;
  }

  it('share a folder (sharing.md)', async () => {
    expect(await runPage('sharing.md', { TOKEN: stack.person('alice').token })).toBe(2);
    const { items } = (await stack.person('alice').get('/users/alice/shares?direction=given')).body;
    expect(items.map(({ grantee }: any) => grantee.name).sort()).toEqual(['KBase', 'bob']);
  });

  it('give a role to somebody (provisioning.md)', async () => {
    const { token } = stack.admin;
    expect(await runPage('provisioning.md', { ADMIN_TOKEN: token })).toBe(2);
    await waitFor('the membership', async () => {
      const { groups } = (await stack.admin.get('/users/alice')).body;
      return groups.some(({ group_name }: any) => group_name === 'KBase');
    });
  });

  it('order several things, and take them back (plans.md)', async () => {
    const { admin } = stack;
    expect(await runPage('plans.md', { ADMIN_TOKEN: admin.token })).toBe(2);
    await waitFor('the end of the undo', async () => {
      const [plan] = (await admin.get('/plans?order=order-4711')).body.items;
      return plan.undone_at !== null;
    });
  });

  it('let people find a group (groups.md)', async () => {
    await stack.admin.post('/groups/KBase/members', { user_name: 'alice', role: 'owner' });
    expect(await runPage('groups.md', { TOKEN: stack.person('alice').token })).toBe(2);
    const { items } = (await stack.person('bob').get('/groups?joinable=true')).body;
    expect(items).toMatchObject([{ group_name: 'KBase', owners: ['alice'] }]);
  });

  it('show how it is (operations.md), and what a rotation of all would do (credentials.md)', async () => {
    const env = { ADMIN_TOKEN: stack.admin.token };
    expect(await runPage('operations.md', env)).toBe(2);
    expect(await runPage('credentials.md', env)).toBe(1);
  });
});

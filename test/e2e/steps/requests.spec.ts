import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { secretFile } from '../../support/workflows/steps.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';
import { tempDir } from '../../support/service/temp.js';

let stack: Stack;

beforeAll(async () => {
  const file = join(tempDir('targets'), 'targets.json');
  const target = { name: 'main', kind: 'vault', address: 'http://127.0.0.1:9', teams: 'all' };
  writeFileSync(file, JSON.stringify({ targets: [{ ...target, token_file: secretFile('a-token') }] }));
  stack = await startStack({ env: { TARGETS_FILE: file } });
}, START_MS);
afterAll(() => stack.stop());

describe('a step', () => {
  it.each(['', '?dry_run=true'])(
    'cannot be requested as a provision%s, by administrators neither',
    async (query) => {
      const input = { path: 'teams/field/x', generate: { A: {} } };
      const answer = await stack.admin.post(`/provisions${query}`, { kind: 'vault.secret', input });
      expect([answer.status, answer.body.errors]).toEqual([
        422,
        [{ field: 'kind', rule: 'is only carried out as a step of a workflow' }],
      ]);
      expect((await stack.admin.get('/provisions?kind=vault.secret')).body.items).toEqual([]);
    },
  );
});

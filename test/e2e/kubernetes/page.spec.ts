import { join } from 'node:path';
import { parse } from 'yaml';
import { ROOT } from '../../../scripts/node.mjs';
import { readPolicy } from '../../../src/governance/file/read-policy.js';
import { secretFile, targetsWith } from '../../support/workflows/steps.js';
import { hasKubernetes, KUBERNETES_START_MS } from '../../support/kubernetes/server.js';
import { KINDS_POLICY } from '../../../scripts/demo/kubernetes/kinds.mjs';
import { ShippedStack } from '../../support/kubernetes/shipped.js';
import { acceptLogins } from '../../support/kubernetes/vault-login.js';
import { COPY_POLICY, MORE_POLICY } from '../../support/servers/openbao.js';
import { tempDir } from '../../support/service/temp.js';
import { programFolder } from '../../support/walks/ctl.js';
import { blocksOf, Terminal } from '../../support/walks/pages.js';

const blocks = blocksOf(join(ROOT, 'docs', 'kubernetes.md'));
const [targets, policy, rules] = blocks.filter(({ language }) => language === 'yaml');
const commands = blocks.flatMap(({ language, text, line }, at) => {
  const shown = blocks[at + 1];
  const says = shown?.language === 'text' ? shown.text : undefined;
  return language === 'sh' ? [{ text, line, says }] : [];
});

(hasKubernetes() ? describe : describe.skip)('the page about Kubernetes', () => {
  let shipped: ShippedStack;
  let terminal: Terminal;

  beforeAll(async () => {
    const more = MORE_POLICY.replaceAll('team-', 'lab-');
    shipped = await ShippedStack.start(`${more}${COPY_POLICY.split('\n').at(-2) ?? ''}`);
    await acceptLogins(shipped.bao, shipped.kubernetes);
    const data = { username: 'puller', password: 'registry-password-4711' };
    await shipped.bao.call('POST', 'secret/data/teams/Lab/registry', { data });
    shipped.operators.ending.add('lab-trial');
    terminal = new Terminal(tempDir('page'), {
      ...{ MINIO_MANAGER_URL: shipped.stack.service.baseUrl },
      ...{ MINIO_MANAGER_TOKEN: shipped.stack.person('alice').token },
      PATH: `${programFolder()}:${process.env.PATH}`,
    });
  }, KUBERNETES_START_MS);
  afterAll(() => shipped?.stop());

  it('has targets and a policy as the service reads them', () => {
    const { targets: named } = parse(targets?.text ?? '') as { targets: Record<string, unknown>[] };
    // the files are on the administrator's machine
    const token_file = secretFile('a token');
    const read = targetsWith(named.map(({ ca_file: _, ...each }) => ({ ...each, token_file })));
    expect(read.of('Lab').map(({ name }) => name)).toEqual(['cluster', 'main']);
    expect(parse(policy?.text ?? '')).toEqual(parse(KINDS_POLICY));
    expect(readPolicy('policy.yaml', rules?.text ?? '').errors).toEqual([]);
  });

  it('has commands', () => {
    expect(commands.length).toBeGreaterThanOrEqual(5);
  });

  it.each(commands)('does what it says: line $line', async ({ text, says }) => {
    const said = await terminal.run(text);
    if (says === undefined) expect(said).toMatch(/status: +completed\n/);
    else expect(said.trimEnd()).toBe(says.trimEnd());
  });
});

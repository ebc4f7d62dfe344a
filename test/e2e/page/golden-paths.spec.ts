import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { ROOT } from '../../../scripts/node.mjs';
import { makePeople, NO_LIMITS } from '../../support/access/sharing.js';
import { PageTab } from '../../support/page/page-tab.js';
import { ADMIN_ROLE, type Stack, START_MS, startStack } from '../../support/service/stack.js';
import { tempDir } from '../../support/service/temp.js';
import { hasBrowser, openChromium } from '../../support/walks/browser.js';
import { acceptedRun, endOf, execute, runWhen, writeProviders } from '../../support/workflows/runs.js';

/** Who is new gets a team only with the word of an owner. */
const POLICY = `
rules:
  - name: new-teams
    when: request.workflow == "onboard-data-team"
    then: approve
    message: Is there room for a new team?
`;
const BROKEN =
  'name: broken\ndescription: A provider with an error\nversion: 1.0.0\nowner: tests\nworkflow_dir: workflows\n';
const SCORE = `apiVersion: score.dev/v1b1
metadata: {name: shop}
containers: {web: {image: nginx}}
resources:
  store: {type: bucket, params: {bucket_name: lab-shop, versioning: false}}
`;

(hasBrowser() ? describe : describe.skip)('golden paths on the page', () => {
  let stack: Stack;
  let browser: Browser;
  let providers: string;
  const tabs = new Map<string, PageTab>();
  const tabOf = async (name: string): Promise<PageTab> => {
    const known = tabs.get(name);
    if (known) return known;
    const tab = await PageTab.open(browser, stack.service.baseUrl);
    tabs.set(name, tab);
    await tab.logIn(stack.person(name, name === 'admin' ? [ADMIN_ROLE] : []).token);
    return tab;
  };
  /** Nothing refused by the page's policy, nothing that keeps people out. */
  const isSound = async (tab: PageTab): Promise<void> => {
    expect(await tab.barriers()).toEqual([]);
    expect(tab.faults).toEqual([]);
  };
  const buckets = () => stack.rootS3.buckets();
  const alice = () => stack.person('alice');
  /** A run that waits for an owner of Lab. */
  const waiting = async (bucket: string) => {
    const parameters = { team: `Lab-${bucket}`, bucket_name: `lab-${bucket}` };
    const run = acceptedRun(
      await execute(alice(), 'storage-team/onboard-data-team', parameters, { team: 'Lab' }),
    );
    return runWhen(alice(), run, 'the question', ({ status }) => status === 'awaiting_approval');
  };

  beforeAll(async () => {
    providers = tempDir('providers');
    cpSync(join(ROOT, 'providers'), providers, { recursive: true });
    mkdirSync(join(providers, 'broken'));
    writeFileSync(join(providers, 'broken', 'provider.yaml'), BROKEN);
    const policy = join(tempDir('policy'), 'policy.yaml');
    writeFileSync(policy, POLICY);
    const env = {
      ...NO_LIMITS,
      PROVIDERS_DIR: providers,
      WORKFLOW_POLICY_FILE: policy,
      SWEEP_INTERVAL_SECONDS: '0',
    };
    [stack, browser] = await Promise.all([startStack({ env }), openChromium()]);
    await makePeople(stack, ['alice', 'bob', 'erin']);
    await stack.admin.post('/groups/Lab', { members: ['alice'], owners: ['bob'] });
  }, START_MS);
  afterAll(async () => {
    await browser?.close();
    await stack?.stop();
  });

  it('a member asks, an owner approves the plan, the run ends on the page, and is taken back', async () => {
    const tab = await tabOf('alice');
    await tab.go('/ui/paths');
    await tab.page.getByRole('heading', { name: 'onboard-data-team' }).waitFor();
    await isSound(tab);
    await tab.page.getByRole('link', { name: 'onboard-data-team' }).click();
    await tab.fill('team', 'Lab-Harbor');
    await tab.fill('bucket_name', 'Lab_Harbor');
    await tab.page.getByLabel('members').fill('alice\nbob');
    await tab.button('Show the plan');
    const wrong = tab.page.locator('[aria-invalid="true"]');
    expect(await wrong.getAttribute('name')).toBe('bucket_name');
    expect(await wrong.evaluate('document.activeElement.name')).toBe('bucket_name');
    await tab.sees(/begins with a lower-case letter; .*3 to 52 characters/);
    await isSound(tab);
    await tab.fill('bucket_name', 'lab-harbor');
    await tab.button('Show the plan');
    const plan = tab.page.getByRole('list', { name: 'What it will do' });
    await plan.getByText('Create bucket').waitFor();
    await tab.sees('Is there room for a new team?');
    await isSound(tab);
    expect(await buckets()).not.toContain('lab-harbor');
    await tab.button('Ask for approval');
    await tab.sees('waits for approval');
    await tab.sees('Others are asked.');
    await isSound(tab);

    const bob = await tabOf('bob');
    await bob.go('/ui/approvals');
    await isSound(bob);
    await bob.page.getByRole('link', { name: 'Look at the plan' }).click();
    await bob.page.getByRole('list', { name: 'What it will do' }).getByText('lab-harbor').first().waitFor();
    await bob.fill('Comment (optional)', 'as agreed');
    await isSound(bob);
    await bob.button('Approve this plan');

    // on the page that alice left open
    await tab.page.getByRole('status').getByText('done').waitFor();
    await tab.page.getByRole('log').getByText('The run is completed.').waitFor();
    await tab.sees(/bob approved/);
    await isSound(tab);
    expect(await buckets()).toContain('lab-harbor');
    await tab.button('Does it still hold?');
    await tab.sees('Everything is as this run left it.');
    await tab.button('Show the receipt');
    await tab.sees('Signed receipt');
    await isSound(tab);

    await tab.button('Take it back');
    const goes = tab.page.getByRole('list', { name: 'What goes' });
    expect((await goes.getByRole('listitem').allInnerTexts()).join('\n')).toMatch(
      /Made group[^]*Made bucket lab-harbor/,
    );
    await isSound(tab);
    await tab.page.getByRole('dialog').getByRole('button', { name: 'Take it back' }).click();
    await tab.page.getByRole('status').getByText('taken back', { exact: true }).waitFor();
    expect(await buckets()).not.toContain('lab-harbor');
    await tab.go('/ui/runs');
    expect((await tab.rows('Mine')).map(([, state]) => state)).toEqual(['taken back']);
    await isSound(tab);
  });

  it('what the service refuses stands at its field, and says which request it was', async () => {
    const tab = await tabOf('alice');
    await tab.go('/ui/paths/storage-team/onboard-data-team');
    await tab.fill('team', 'Lab-2');
    await tab.fill('bucket_name', 'others-data');
    await tab.button('Show the plan');
    const alert = tab.page.getByRole('alert');
    await alert
      .getByText(/others-data|bucket/)
      .first()
      .waitFor();
    await alert.getByText(/^Request [0-9a-f-]{36}$/).waitFor();
    await tab.fill('bucket_name', '');
    await tab.button('Show the plan');
    await tab.sees('Fill this in.');
  });

  it('an owner rejects with a reason, an administrator decides alone', async () => {
    const first = await waiting('one');
    const bob = await tabOf('bob');
    await bob.go(`/ui/runs/of/${first.id}`);
    await bob.button('Reject');
    await bob.fill('Reason', 'not this year');
    await isSound(bob);
    await bob.page.getByRole('dialog').getByRole('button', { name: 'Reject' }).click();
    await bob.page.getByRole('status').getByText('cancelled').waitFor();
    await bob.sees('not this year');

    const next = await waiting('three');
    const admin = await tabOf('admin');
    await admin.go('/ui/runs/all?status=awaiting_approval');
    expect((await admin.rows('All')).map(([what = '', , , by]) => [what.split('\n')[0], by])).toEqual([
      ['onboard-data-team', 'alice'],
    ]);
    await isSound(admin);
    await admin.page.getByRole('link', { name: 'onboard-data-team' }).click();
    await admin.button('Decide alone');
    await admin.fill('Reason', 'bob is on leave');
    await admin.button('Approve it alone');
    await admin.page.getByRole('status').getByText('done').waitFor();
    expect((await endOf(stack.admin, next)).approvals[0].decisions).toMatchObject([
      { decided_by: 'admin', decision: 'bypass', comment: 'bob is on leave' },
    ]);
  });

  it('is no longer asked about when the page is left', async () => {
    const run = await waiting('four');
    const tab = await tabOf('alice');
    const asked: string[] = [];
    tab.page.on('request', (request) => request.url().includes(run.id) && asked.push(request.url()));
    await tab.page.clock.install();
    await tab.go(`/ui/runs/of/${run.id}`);
    await tab.sees('waits for approval');
    const before = asked.length;
    await tab.page.clock.fastForward(30_000);
    await tab.page.waitForRequest((request) => request.url().includes(run.id));
    expect(asked.length).toBeGreaterThan(before);
    await tab.page.getByRole('link', { name: 'Home' }).first().click();
    await tab.page.getByRole('heading', { name: 'Home', level: 1 }).waitFor();
    const left = asked.length;
    await tab.page.clock.fastForward(120_000);
    await tab.page.getByRole('link', { name: 'Shares' }).first().click();
    await tab.page.getByRole('heading', { name: 'Shares', level: 1 }).waitFor();
    expect(asked.length).toBe(left);
    await tab.go(`/ui/runs/of/${run.id}`);
    await tab.button('Cancel it');
    await tab.page.getByRole('dialog').getByRole('button', { name: 'Cancel it' }).click();
    await tab.page.getByRole('status').getByText('cancelled').waitFor();
  });

  it('a Score file is planned and sent; an error in it has its line', async () => {
    const tab = await tabOf('bob');
    await tab.go('/ui/paths/storage-team/create-bucket');
    await tab.page.getByText('Score file (optional)').click();
    await tab.page.getByLabel('Text of the Score file').fill(SCORE.replace('metadata', 'metdata'));
    await tab.button('Show the plan');
    await tab.sees(/score\.yaml, line 2/);
    await isSound(tab);
    await tab.page.setInputFiles('input[type=file]', {
      ...{ name: 'score.yaml', mimeType: 'application/yaml' },
      buffer: Buffer.from(SCORE),
    });
    await tab.button('Show the plan');
    await tab.page.getByRole('list', { name: 'What it will do' }).getByText('lab-shop').first().waitFor();
    await isSound(tab);
    await tab.button('Make it so');
    await tab.page.getByRole('status').getByText('done').waitFor();
    expect(await buckets()).toContain('lab-shop');
    await tab.page.getByRole('link', { name: 'Ask for it again' }).click();
    expect(await tab.page.getByLabel('bucket_name').inputValue()).toBe('lab-shop');
    expect(await tab.page.getByLabel('versioning').isChecked()).toBe(false);
  });

  it('an administrator sees what is wrong with a provider, and loads it again', async () => {
    const tab = await tabOf('admin');
    await tab.go('/ui/providers');
    const rows = (await tab.rows('Providers')).map(([name = '', state = '']) =>
      [name, state].map((each) => each.split('\n')[0]),
    );
    expect(rows).toEqual([
      ['broken', 'failed'],
      ['container-team', 'ready'],
      ['database-team', 'ready'],
      ['repository-team', 'ready'],
      ['storage-team', 'ready'],
      ['vault-team', 'ready'],
    ]);
    await isSound(tab);
    await tab.page.getByRole('link', { name: 'broken' }).click();
    await tab.sees(/provider\.yaml, line 5/);
    await isSound(tab);
    await tab.button('Load again');
    await tab.page.getByRole('alert').waitFor();
    writeFileSync(
      join(providers, 'broken', 'provider.yaml'),
      BROKEN.replace('workflow_dir', 'workflows_dir'),
    );
    writeProviders(providers, {
      'broken/workflows/note.yaml':
        'name: note\ndescription: Waits\nsteps: [{name: a, type: wait, with: {seconds: 1}}]\n',
    });
    await tab.button('Load again');
    await tab.sees('ready');
    await isSound(tab);
  });

  it('who is in no team is told what to do, and sees nothing of other teams', async () => {
    const tab = await tabOf('erin');
    await tab.go('/ui/paths/storage-team/create-bucket');
    await tab.page.getByRole('link', { name: 'Groups that you can join' }).waitFor();
    await tab.go('/ui/runs');
    await tab.sees('You have asked for nothing yet. Choose a golden path.');
    await tab.go('/ui/approvals');
    await tab.sees(/No run waits for you/);
    const { items } = (await stack.admin.get('/api/workflows')).body;
    await tab.go(`/ui/runs/of/${items[0].id}`);
    await tab.sees('There is no such run');
    await isSound(tab);
  });

  it('fits a phone', async () => {
    const phone = await PageTab.open(browser, stack.service.baseUrl, 360);
    await phone.logIn(alice().token);
    const { items } = (await alice().get('/api/workflows')).body;
    const paths = [
      'paths',
      'paths/storage-team/onboard-data-team',
      'runs',
      `runs/of/${items[0].id}`,
      'approvals',
      'providers',
    ];
    for (const path of paths) {
      await phone.go(`/ui/${path}`);
      await phone.page.getByRole('heading', { level: 1 }).waitFor();
      expect([path, await phone.page.evaluate('document.documentElement.scrollWidth')]).toEqual([path, 360]);
    }
    await isSound(phone);
    await phone.close();
  });
});

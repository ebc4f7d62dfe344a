import { PageBrowser } from '../../support/page/page-browser.js';
import { Issuer, AUDIENCE } from '../../support/auth/issuer.js';
import { type Recorded, recorded, ScimClient, serviceToken } from '../../support/auth/scim.js';
import { problemOf } from '../../support/service/problems.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';

const DIRECTORY = serviceToken('entra', ['scim']);

describe('a directory that sends SCIM', () => {
  let stack: Stack;
  let issuer: Issuer;
  let scim: ScimClient;
  const statusOf = async (name: string) => (await stack.admin.get(`/users/${name}`)).body.status;
  const groupsOf = async (name: string) =>
    (await stack.admin.get(`/users/${name}`)).body.groups.map((each: any) => each.group_name);
  const loggedIn = async (name: string) => {
    const caller = stack.caller(await issuer.token({ preferred_username: name }));
    expect((await caller.get('/me')).body.user_name).toBe(`corp-${name}`);
    return caller;
  };

  beforeAll(async () => {
    issuer = await Issuer.start();
    stack = await startStack({
      env: {
        SERVICE_TOKENS: JSON.stringify([DIRECTORY.entry]),
        OIDC_ISSUER: issuer.url,
        OIDC_AUDIENCE: AUDIENCE,
        OIDC_USER_PREFIX: 'corp-',
        SWEEP_INTERVAL_SECONDS: '0',
      },
    });
    stack.secrets.add('the token of the directory', DIRECTORY.token);
    scim = new ScimClient(stack, DIRECTORY.token);
  }, START_MS);
  afterAll(async () => {
    await stack?.stop();
    await issuer?.stop();
  });

  describe.each(['entra', 'okta'] as const)('as %s does', (directory) => {
    const ids: Record<string, string> = {};
    const filled = (text: string) => text.replace(/\{(\w+)\}/g, (whole, name: string) => ids[name] ?? whole);
    const effects: Record<string, () => Promise<void>> = {
      'a new person': async () => {
        const name = directory === 'entra' ? 'alice@example.org' : 'bob@example.org';
        expect((await stack.admin.get(`/users/corp-${name}`)).body).toMatchObject({ status: 'active' });
      },
      'a member who comes': async () =>
        expect(await groupsOf('corp-alice@example.org')).toEqual(['EntraLab']),
      'a member who goes': async () => expect(await groupsOf('corp-alice@example.org')).toEqual([]),
      'all members': async () => expect(await groupsOf('corp-bob@example.org')).toEqual(['OktaLab']),
      'a person who is not assigned any more, as a text': async () =>
        expect(await statusOf('corp-alice@example.org')).toBe('disabled'),
      'a person who is assigned again': async () =>
        expect(await statusOf('corp-alice@example.org')).toBe('active'),
      'a person who is deactivated': async () =>
        expect(await statusOf('corp-bob@example.org')).toBe('disabled'),
      'a person who is activated': async () => expect(await statusOf('corp-bob@example.org')).toBe('active'),
    };

    it.each(recorded(directory).map((each) => [each.is, each] as const))(
      'it sends %s',
      async (_, { is, method, path, body, status, gives }: Recorded) => {
        const sent = body && JSON.parse(filled(JSON.stringify(body)));
        const answer = await scim.send(method, filled(path), sent);
        expect([is, answer.status, answer.body]).toEqual([is, status, answer.body]);
        if (status !== 204) expect(answer.headers['content-type']).toMatch(/^application\/scim\+json/);
        if (gives) ids[gives] = answer.body.id;
        if (is.startsWith('the search') && directory === 'entra') expect(answer.body.totalResults).toBe(1);
        if (is === 'whether somebody is a member') expect(answer.body.totalResults).toBe(1);
        expect(JSON.stringify(answer.body ?? null)).not.toContain('1mz050nq');
        await effects[is]?.();
      },
    );
  });

  it('names people as their logins do, before and after the first one', async () => {
    const id = await scim.make('carol');
    await loggedIn('carol');
    const found = await scim.send('GET', '/Users?filter=userName eq "carol"');
    expect(found.body.Resources.map((each: any) => each.id)).toEqual([id]);
    // somebody who has logged in before the directory knew of SCIM is found, and taken over
    await loggedIn('dave');
    const [dave] = (await scim.send('GET', '/Users?filter=userName eq "dave"')).body.Resources;
    expect(dave).toMatchObject({ userName: 'dave', active: true });
    const again = await scim.send('POST', '/Users', { userName: 'dave' });
    expect([again.status, again.body.scimType]).toEqual([409, 'uniqueness']);
    const linked = await scim.patch(`/Users/${dave.id}`, { op: 'add', path: 'externalId', value: 'd-1' });
    expect(linked.body.externalId).toBe('d-1');
    expect((await scim.send('GET', '/Users?filter=externalId eq "d-1"')).body.totalResults).toBe(1);
    // people of KBase are none of this directory
    await stack.person('erin').get('/me');
    expect(
      (await scim.send('GET', '/Users?count=200')).body.Resources.map((e: any) => e.userName),
    ).not.toContain('erin');
  });

  it('ends what a person who is inactive has: credentials, tokens, sessions of the page', async () => {
    const id = await scim.make('frank');
    const frank = await loggedIn('frank');
    const s3 = stack.s3((await frank.post('/users/corp-frank')).body);
    await s3.put('cdm-lake', 'users-warehouse/corp-frank/x', 'x');
    const page = new PageBrowser(() => stack.service);
    await page.login(frank.token);
    expect(await page.who()).toBe('corp-frank');

    expect((await scim.setActive(id, false)).body).toMatchObject({ active: false });
    expect(problemOf(await frank.get('/me'))).toEqual([403, 'user_disabled']);
    await expect(s3.get('cdm-lake', 'users-warehouse/corp-frank/x')).rejects.toThrow();
    expect(await page.who()).toBeNull();

    expect((await scim.setActive(id, true)).body).toMatchObject({ active: true });
    expect((await frank.get('/me')).status).toBe(200);
    expect(await s3.get('cdm-lake', 'users-warehouse/corp-frank/x')).toBe('x');
    // the session of the page does not come back
    expect(problemOf(await page.get('/me'))).toEqual([401, 'unauthenticated']);
  });

  it('does not take back what an administrator has done', async () => {
    const id = await scim.make('gina');
    await loggedIn('gina');
    await stack.admin.post('/admin/users/corp-gina/disable');
    expect((await scim.setActive(id, true)).body).toMatchObject({ active: false });
    expect(await statusOf('corp-gina')).toBe('disabled');
    // disabled by the directory, enabled and disabled by an administrator: the last one counts
    await stack.admin.post('/admin/users/corp-gina/enable');
    await scim.setActive(id, false);
    await stack.admin.post('/admin/users/corp-gina/enable');
    await stack.admin.post('/admin/users/corp-gina/disable');
    expect((await scim.setActive(id, true)).body).toMatchObject({ active: false });
  });

  it('makes a person who is inactive from the beginning', async () => {
    await scim.make('hugo', { active: false });
    expect(await statusOf('corp-hugo')).toBe('disabled');
    const hugo = stack.caller(await issuer.token({ preferred_username: 'hugo' }));
    expect(problemOf(await hugo.get('/me'))).toEqual([403, 'user_disabled']);
  });

  it('has groups of its own, to which administrators give access', async () => {
    const [ina, jan] = [await scim.make('ina'), await scim.make('jan')];
    const { body: group } = await scim.send('POST', '/Groups', {
      displayName: 'Genomes',
      members: [{ value: ina }],
    });
    const grants = [{ path: 's3a://cdm-lake/reference/genomes/', permission: 'read' }];
    expect((await stack.admin.post('/groups/Genomes', { grants, owners: ['corp-jan'] })).status).toBe(200);
    // an owner here stays one when the directory names the person, too
    const both = [{ value: ina }, { value: jan }];
    await scim.patch(`/Groups/${group.id}`, { op: 'replace', path: 'members', value: both });
    const rolesOf = async () =>
      Object.fromEntries(
        (await stack.admin.get('/groups/Genomes')).body.members.map((each: any) => [
          each.user_name,
          each.role,
        ]),
      );
    expect(await rolesOf()).toEqual({ 'corp-ina': 'member', 'corp-jan': 'owner' });
    await scim.patch(`/Groups/${group.id}`, { op: 'replace', path: 'members', value: [{ value: ina }] });
    expect(await rolesOf()).toEqual({ 'corp-ina': 'member' });
    const put = { displayName: 'Genomes', externalId: 'g-1', members: [] };
    expect((await scim.send('PUT', `/Groups/${group.id}`, put)).body).toMatchObject({ externalId: 'g-1' });
    expect(await rolesOf()).toEqual({});
  });

  it('loses nothing of what it sends at once', async () => {
    const ids: string[] = [];
    for (let number = 1; number <= 8; number += 1) ids.push(await scim.make(`many${number}`));
    const { body: group } = await scim.send('POST', '/Groups', { displayName: 'Many', members: [] });
    const add = (value: string) =>
      scim.patch(`/Groups/${group.id}`, { op: 'Add', path: 'members', value: [{ value }] });
    const answers = await Promise.all(ids.map(add));
    expect(answers.map(({ status }) => status)).toEqual(ids.map(() => 200));
    const { members } = (await scim.send('GET', `/Groups/${group.id}`)).body;
    expect(members.map(({ value }: any) => value).sort()).toEqual([...ids].sort());
  });

  it('neither sees nor changes a group that people have made', async () => {
    await stack.admin.post('/groups/KBase', {});
    expect((await scim.send('GET', '/Groups?filter=displayName eq "KBase"')).body.totalResults).toBe(0);
    const taken = await scim.send('POST', '/Groups', { displayName: 'KBase', members: [] });
    expect([taken.status, taken.body.scimType]).toEqual([409, 'uniqueness']);
    const { headers } = await stack.admin.get('/groups/KBase');
    expect(headers.etag).toBeDefined();
  });

  it('stands in the audit log with its own name', async () => {
    const id = await scim.make('kim');
    await scim.setActive(id, false);
    const { items } = (await stack.admin.get('/admin/audit?subject=corp-kim')).body;
    const told = items.map(({ action, actor }: any) => [action, actor]);
    expect(told).toEqual([
      ['user.disabled', 'entra'],
      ['user.created', 'entra'],
    ]);
  });

  it('gets lists in parts, and says what it can do', async () => {
    const all = (await scim.send('GET', '/Users?count=200')).body;
    const parts: string[] = [];
    for (let start = 1; start <= all.totalResults; start += 3) {
      const { body } = await scim.send('GET', `/Users?startIndex=${start}&count=3`);
      expect(body).toMatchObject({ totalResults: all.totalResults, startIndex: start });
      expect(body.itemsPerPage).toBe(body.Resources.length);
      parts.push(...body.Resources.map((each: any) => each.id));
    }
    expect(parts).toEqual(all.Resources.map((each: any) => each.id));
    expect((await scim.send('GET', '/Users?count=0')).body).toMatchObject({ Resources: [], itemsPerPage: 0 });
    expect((await scim.send('GET', '/ServiceProviderConfig')).body.patch).toEqual({ supported: true });
    const idsOf = async (path: string) =>
      (await scim.send('GET', path)).body.Resources.map((each: any) => each.id);
    expect(await idsOf('/ResourceTypes')).toEqual(['User', 'Group']);
    const schemas = await idsOf('/Schemas');
    expect(schemas).toHaveLength(2);
    for (const path of ['/ResourceTypes/User', `/Schemas/${schemas[0]}`])
      expect((await scim.send('GET', path)).status).toBe(200);
    expect((await scim.send('GET', '/Schemas/none')).status).toBe(404);
  });
});

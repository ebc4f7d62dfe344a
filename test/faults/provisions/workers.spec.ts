import { waitFor } from '../../../scripts/child.mjs';
import { ask, bodyOf, Fleet } from '../../support/service/fleet.js';
import { hasPostgres } from '../../support/servers/postgres.js';
import type { Service } from '../../support/service/service.js';
import { Truth } from '../../support/access/truth.js';

const ROUNDS = 10;
const GROUPS = Array.from({ length: 40 }, (_, index) => `Group${index}`);
/** Notes each change of a provision's state; of one subject they come in the order in which they were committed. */
const PROBE = [
  'create table probe (n bigserial, subject text, seq bigint, was text, now text)',
  `create function note() returns trigger language plpgsql as $$ begin
    insert into probe (subject, seq, was, now) values (new.subject, new.seq, old.status, new.status); return null; end $$`,
  `create trigger note after update on provision for each row
    when (old.status is distinct from new.status) execute function note()`,
];

(hasPostgres() ? describe : describe.skip)('several processes that carry out provisions', () => {
  let fleet: Fleet;
  let truth: Truth;
  let people: string[];

  beforeAll(async () => {
    fleet = await Fleet.start('PostgreSQL');
    truth = new Truth(fleet.minio);
    people = [fleet.person(), fleet.person()];
  });
  afterAll(async () => {
    await truth?.close();
    await fleet?.stop();
  });

  async function submitAll(service: Service): Promise<void> {
    for (let round = 0; round < ROUNDS; round += 1) {
      const members = [people[round % 2]];
      const groups = GROUPS.map((group_name) => ({ group_name, members, description: `round ${round}` }));
      await Promise.all(groups.map((input) => bodyOf(ask.provision(service, 'group', input), 202)));
    }
  }

  it('by role; of one subject one at a time and in order, every one once', async () => {
    const { service: api } = await fleet.add({ env: { ROLE: 'api' } });
    await Promise.all(people.map((user) => bodyOf(ask.pair(api, user), 201)));
    for (const statement of PROBE) await fleet.query(statement);
    await submitAll(api);
    // who only takes requests has carried out nothing
    const states = 'select status, attempts, count(*)::int as count from provision group by status, attempts';
    const count = ROUNDS * GROUPS.length;
    expect(await fleet.query(states)).toEqual([{ status: 'pending', attempts: 0, count }]);

    const env = { WORKER_CONCURRENCY: '6' };
    const workers = await Promise.all([fleet.add({ env: { ...env, ROLE: 'worker' } }), fleet.add({ env })]);
    const open = `select 1 from provision where status in ('pending', 'processing') limit 1`;
    await waitFor('the end', async () => (await fleet.query(open)).length === 0, { timeoutMs: 150_000 });

    expect(await fleet.query(states)).toEqual([{ status: 'completed', attempts: 1, count }]);
    const steps = await fleet.query('select subject, seq, was, now from probe order by n');
    expect(steps).toHaveLength(2 * count);
    const accepted = await fleet.query('select subject, seq from provision order by seq');
    for (const group of GROUPS) {
      const ofGroup = ({ subject }: Record<string, unknown>) => subject === `group:${group}`;
      const inOrder = accepted.filter(ofGroup).flatMap(({ subject, seq }) => [
        { subject, seq, was: 'pending', now: 'processing' },
        { subject, seq, was: 'processing', now: 'completed' },
      ]);
      expect(steps.filter(ofGroup)).toEqual(inOrder);
      const { members } = await truth.root.groups.info(group);
      expect([group, members]).toEqual([group, [people[(ROUNDS - 1) % 2]]]);
      const { description } = (await ask.group(api, group)).body;
      expect([group, description]).toEqual([group, `round ${ROUNDS - 1}`]);
    }
    for (const { proxy } of workers) expect(proxy.calls.length).toBeGreaterThan(0);

    const [worker] = workers;
    for (const [path, status] of [
      ...([
        ['/readyz', 200],
        ['/livez', 200],
        ['/metrics', 200],
      ] as const),
      ...([
        ['/roles', 404],
        ['/users/alice', 404],
        ['/openapi.json', 404],
      ] as const),
    ])
      expect([path, (await worker?.service.request('GET', path))?.status]).toEqual([path, status]);
  }, 300_000);
});

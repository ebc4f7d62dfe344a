import { checkedInput } from '../../../src/steps/ansible/playbooks.js';
import { begunOn, resultOf } from '../../../src/steps/ansible/results.js';
import { changesIn, problemOf } from '../../../src/targets/ansible/changes.js';
import { eventsIn, type TaskEvent } from '../../../src/targets/ansible/events.js';
import { inventoryOf, knownHosts } from '../../../src/targets/ansible/hosts.js';
import { SecretValues } from '../../../src/targets/tools/secret-values.js';

const SECRET = 'a-long-secret-0815';
const hidden = new SecretValues([SECRET]);
const event = (more: Partial<TaskEvent>): TaskEvent => ({
  ...{ status: 'ok', host: 'web-1', task: 'Write', action: 'ansible.builtin.copy', changed: true },
  ...{ ignored: false, hidden: false, unpredictable: false, diff: [], message: '', ...more },
});
const changes = (...events: Partial<TaskEvent>[]) => changesIn(events.map(event), '/data/tools/x', hidden);
const problem = (code: number, ...events: Partial<TaskEvent>[]) => {
  const found = problemOf({ code, output: '', errors: `no ${SECRET}` }, events.map(event), hidden);
  return found && [found.code, found.message];
};

describe('what Ansible tells', () => {
  it('is read line by line, and other lines are not', () => {
    const lines = [
      JSON.stringify(event({})),
      '{"status": "ok"}',
      '{broken',
      '[WARNING]: x',
      '{"status":"x","host":"y"}',
    ];
    expect(eventsIn(lines.join('\n'))).toEqual([event({})]);
  });

  it('is shown with the difference, without secrets, moments and names of its own files', () => {
    const diff = [
      { before: '', after: `x ${SECRET}`, before_header: '/data/tools/x/tmp/a', after_header: '/etc/x' },
    ];
    expect(changes({ diff })[0]).toEqual({
      ...{ change: 'change_host', target: 'ansible web-1: Write (ansible.builtin.copy)', before: null },
      after: { file: '/etc/x', text: 'x (sensitive)' },
    });
    const fields = { before: { mode: '0600', mtime: 1 }, after: { mode: '0644', mtime: 2 } };
    expect(changes({ diff: [[fields]] })[0]).toMatchObject({
      before: { mode: '0600' },
      after: { mode: '0644' },
    });
    expect(changes({ diff: [{ prepared: '- a\n+ b' }] })[0]?.after).toEqual({ difference: '- a\n+ b' });
    expect(changes({ diff: [fields, [fields]] })[0]?.after).toEqual({
      parts: [{ mode: '0644' }, { mode: '0644' }],
    });
    expect(changes({ task: `Write ${SECRET}` })[0]?.target).not.toContain(SECRET);
  });

  it('is left out if nothing changes, hidden if it must be, and not predicted if it cannot be', () => {
    expect(changes({ changed: false }, { status: 'failed' }, { status: 'skipped', changed: false })).toEqual(
      [],
    );
    expect(changes({ hidden: true, diff: [{ before: 'a', after: 'b' }] })[0]?.after).toEqual({
      result: '(hidden)',
    });
    expect(changes({ unpredictable: true, changed: false })[0]).toMatchObject({
      ...{ change: 'run_task', after: { result: '(not predictable)' } },
    });
  });

  it('tells a task that failed from a host that is not reached, which may be there later', () => {
    expect(problem(0, { status: 'failed', ignored: true })).toBeUndefined();
    expect(problem(4, { status: 'unreachable', message: 'timed  out' })).toEqual([
      'target_unavailable',
      'Ansible cannot reach web-1: Write: timed out',
    ]);
    const failed = { status: 'failed', message: `bad ${SECRET}` } as const;
    const ignored = { status: 'failed', ignored: true, message: 'never mind' } as const;
    expect(problem(2, ignored, { status: 'unreachable' }, failed)).toEqual([
      'target_refused',
      'Ansible failed on web-1: Write: bad (sensitive)',
    ]);
    expect(problem(2, { ...failed, hidden: true })?.[1]).toBe('Ansible failed on web-1: Write: (hidden)');
    expect(problem(1)).toEqual(['target_refused', 'Ansible failed: no (sensitive)']);
  });

  it('is counted for each host; one that an earlier attempt may have changed counts as changed', () => {
    const events = [event({}), event({ changed: false }), event({ host: 'web-2', changed: false })];
    const { operations, outputs } = resultOf('d', events, []);
    expect(operations.map(({ status }) => status)).toEqual(['done', 'unchanged']);
    expect(outputs).toEqual({ changed: true, hosts: { 'web-1': 1, 'web-2': 0 } });
    const begun = begunOn('d', changes({ host: 'web-2' }));
    expect(resultOf('d', events, begun).operations.map(({ status }) => status)).toEqual(['done', 'done']);
  });
});

describe('hosts of a step', () => {
  const host = { name: 'db-1', user: 'deploy', host_key: 'ssh-ed25519 AAAA' };
  const plays = [{ hosts: 'all', tasks: [] }];
  const refusal = (more: object, allows = { modules: [], worker: false }): string => {
    try {
      checkedInput({ plays, ...more }, allows);
      return '';
    } catch (error: any) {
      return JSON.stringify([error.message, error.extensions ?? error.members ?? error]);
    }
  };
  const key = { path: 'a', key: 'b' };

  it('are known to Ansible by name and group, and to SSH by their keys', () => {
    const inventory = inventoryOf([
      { ...host, address: 'DB.example.org', port: 2222, groups: ['db'] },
    ]) as any;
    expect(inventory.all.hosts['db-1']).toMatchObject({ ansible_host: 'DB.example.org', ansible_port: 2222 });
    expect(inventory.all.children).toEqual({ db: { hosts: { 'db-1': {} } } });
    expect(
      knownHosts([
        { ...host, port: 2222 },
        { ...host, address: 'X.org' },
      ]),
    ).toBe('[db-1]:2222 ssh-ed25519 AAAA\nx.org ssh-ed25519 AAAA\n');
    expect((inventoryOf(undefined) as any).all.hosts.localhost.ansible_connection).toBe('local');
  });

  it.each<[string, object, string]>([
    ['that are none', {}, 'playbooks do not run on the worker'],
    ['without a key', { hosts: [host] }, 'must be set with hosts'],
    [
      'that are the worker',
      { hosts: [{ ...host, name: 'localhost' }], private_key: key },
      'must not be the worker',
    ],
    ['of one name', { hosts: [host, host], private_key: key }, 'different names'],
    [
      'in a group of their name',
      { hosts: [{ ...host, groups: ['db-1'] }], private_key: key },
      'must not have a group',
    ],
    [
      'that are called all',
      { hosts: [{ ...host, name: 'all' }], private_key: key },
      'must not be called all',
    ],
    [
      'that plays do not know',
      { hosts: [host], private_key: key, plays: [{ hosts: 'web', tasks: [] }] },
      'names web',
    ],
    [
      'of an undo',
      { hosts: [host], private_key: key, undo_plays: [{ hosts: 'web', tasks: [] }] },
      'undo_plays.0.hosts',
    ],
  ])('%s are refused', (_, more, rule) => {
    expect(refusal(more)).toContain(rule);
  });

  it.each<[object, string]>([
    [{ variables: { ansible_connection: 'local' } }, 'must not set the variable'],
    [{ secret_variables: { ansible_password: key } }, 'must not set the variable'],
    [{ secret_variables: { a: key }, variables: { a: 1 } }, 'is in variables, too'],
    [{ variables: { a: [{ __ansible_vault: 'x' }] } }, 'must not have a field __ansible_vault'],
    [{ plays: undefined, playbook: 'x.yml' }, 'the provider has no file x.yml'],
    [{ undo: 'x.yml' }, 'the provider has no file x.yml'],
  ])('have no values such as %j', (more, rule) => {
    expect(refusal({ hosts: [host], private_key: key, ...more })).toContain(rule);
    expect(refusal({ hosts: [host], private_key: key })).toBe('');
  });
});

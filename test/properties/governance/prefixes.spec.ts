import type { JsonObject } from '../../../src/documents/model.js';
import { judgeStep, type Judged } from '../../../src/governance/judge.js';
import { NO_POLICY } from '../../../src/governance/policy.js';

const judged = (team: string): Judged => ({
  ...{ team, requester: 'alice', homes: [], anyName: false },
  groups: new Set(['lab', 'lab-office', 'teams']),
  ...{ users: new Set<string>(), buckets: new Set<string>() },
});
/** The rules that a step breaks in a run for a team. */
const broken = (team: string, type: string, input: JsonObject) =>
  judgeStep(NO_POLICY, { name: 's', type, owner: null, input }, judged(team)).map(({ rule }) => rule);
const rules = (team: string, path: string) => broken(team, 'vault.secret', { path });

describe('folders of the vault', () => {
  it.each(['Lab/app', 'Lab-new/app', 'teams/Lab/app', 'teams/Lab-new/a/b', 'teams/Lab-officers/app'])(
    'of a team: %s',
    (path) => {
      expect(rules('Lab', path)).toEqual([]);
    },
  );

  it.each(['Lab-Office/app', 'teams/Lab-Office/app', 'teams/Lab-office-x/app'])(
    'of a team whose name is a longer beginning: %s',
    (path) => {
      expect(rules('Lab', path)).toEqual([`the vault path ${path} is one of another team`]);
    },
  );

  it.each(['teams/lab/app', 'Labour/app', 'teams/Labour/app', 'teams/x/Lab/app', 'Lab'])(
    'of nobody: %s',
    (path) => {
      expect(rules('Lab', path)).toEqual([expect.stringContaining('is none that a run for Lab may touch')]);
    },
  );

  it('of all teams are not those of a team that is called teams', () => {
    expect(rules('teams', 'teams/teams/app')).toEqual([]);
    expect(rules('teams', 'teams/Lab/app')).toEqual(['the vault path teams/Lab/app is one of another team']);
  });

  it.each(['teams/nobody-yet/app', 'teams/app', 'teams/'])(
    'of a team that is not there yet are not those of a team that is called teams: %s',
    (path) => {
      expect(rules('teams', path)).toEqual([`the vault path ${path} is one of another team`]);
    },
  );

  it('of all teams are no space of a team that is called teams, and no rule of its policies', () => {
    const [policy, other] = ['teams-x', 'one of another team'];
    const rule = (path: string) => ({ path, capabilities: ['read'] });
    expect(broken('teams', 'vault.space', { path: 'teams', policy })).toEqual([
      expect.stringContaining(other),
    ]);
    for (const path of ['secret/data/teams/*', 'secret/data/teams/+/app', 'secret/data/teams/x*'])
      expect(broken('teams', 'vault.policy', { policy, rules: [rule(path)] })).toEqual([
        expect.stringContaining(other),
      ]);
    expect(broken('teams', 'vault.space', { path: 'teams/teams', policy })).toEqual([]);
  });

  it('are a space of their team as a whole; the role of its login is a name, too', () => {
    const space = (path: string, role: string) =>
      broken('Lab', 'vault.space', { path, policy: 'lab-x', login: { method: 'approle', role } });
    expect([space('teams/Lab', 'lab-x'), space('Lab-new', 'lab')]).toEqual([[], []]);
    expect(space('teams', 'lab-x')).toEqual([expect.stringMatching(/^the vault path teams\/ is none/)]);
    expect(space('teams/Lab', 'office-app')).toEqual([expect.stringMatching(/^the role office-app is none/)]);
  });

  it.each([
    ['secret/data/teams/Lab/*', true],
    ['secret/metadata/Lab/app', true],
    ['secret/data/teams/Lab/x*', true],
    ['secret/data/teams/Lab*', false],
    ['secret/data/teams/*', false],
    ['secret/data/teams/+/app', false],
    ['secret/data/*', false],
    ['sys/policies/acl/lab-x', false],
    ['Lab/policies/acl/x', false],
  ])('are what a policy may be about: %s %s', (path, isAllowed) => {
    const rule = { path, capabilities: ['read'] };
    expect(broken('Lab', 'vault.policy', { policy: 'lab-x', rules: [rule] })).toHaveLength(isAllowed ? 0 : 1);
  });
});

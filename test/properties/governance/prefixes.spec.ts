import { judgeStep, type Judged } from '../../../src/governance/judge.js';
import { NO_POLICY } from '../../../src/governance/policy.js';

const judged = (team: string): Judged => ({
  ...{ team, requester: 'alice', homes: [], anyName: false },
  groups: new Set(['lab', 'lab-office', 'teams']),
  ...{ users: new Set<string>(), buckets: new Set<string>() },
});
/** The rules that the folder of a secret breaks, in a run for a team. */
const rules = (team: string, path: string) =>
  judgeStep(NO_POLICY, { name: 's', type: 'vault.secret', owner: null, input: { path } }, judged(team)).map(
    ({ rule }) => rule,
  );

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
});

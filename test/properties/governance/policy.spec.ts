import { join } from 'node:path';
import fc from 'fast-check';
import { ROOT } from '../../../scripts/node.mjs';
import { judgeRules, judgeStep, type Judged } from '../../../src/governance/judge.js';
import type { JsonObject } from '../../../src/documents/model.js';
import { matchesName } from '../../../src/governance/patterns.js';
import { NO_POLICY, patternsFor, type Policy } from '../../../src/governance/policy.js';
import { readPolicy } from '../../../src/governance/file/read-policy.js';
import { blocksOf } from '../../support/walks/pages.js';

const whose: Judged = {
  team: 'Lab',
  requester: 'alice',
  homes: ['s3a://cdm-lake/users-warehouse/alice/'],
  anyName: false,
  groups: new Set(['lab', 'lab-office']),
  users: new Set(['lab-carla', 'alice']),
  buckets: new Set(['lab-lake']),
};
const request = {
  ...{
    provider: 'storage-team',
    workflow: 'create-bucket',
    team: 'Lab',
    application: '',
    event: '',
    requester: 'alice',
  },
  parameters: { environment: 'production', size: 3 },
};
const run = { request, plan: [] };
const read = (text: string) => readPolicy('policy.yaml', text);
const policyOf = (text: string): Policy => {
  const { value, errors } = read(text);
  expect(errors).toEqual([]);
  return value as Policy;
};
const bucket = (name: string) => ({
  name: 'make',
  type: 'storage.bucket',
  owner: null,
  input: { bucket: name },
});

describe('patterns of names', () => {
  it('{default} stands for the patterns without a policy, and only alone', () => {
    const policy = policyOf(
      'names: {bucket: [shared, "{default}"]}\nteams: {Lab: {names: {namespace: ["{default}", lake]}}}',
    );
    expect([patternsFor(policy, 'Lab', 'bucket'), patternsFor(policy, 'Lab', 'namespace')]).toEqual([
      ['shared', '{team}', '{team}-*'],
      ['{team}', '{team}-*', 'lake'],
    ]);
    expect(patternsFor(policy, 'Office', 'namespace')).toEqual(patternsFor(NO_POLICY, 'Office', 'namespace'));
    expect(read('names: {bucket: ["{default}-x"]}').errors).toHaveLength(1);
  });

  it.each([
    ['{team}-*', 'bucket', 'lab-data', true],
    ['{team}-*', 'bucket', 'lab-', true],
    ['{team}-*', 'bucket', 'labour', false],
    ['{team}-*', 'bucket', 'xlab-data', false],
    ['{team}', 'group', 'Lab', true],
    ['{team}', 'group', 'lAB', true],
    ['LAB-*', 'group', 'lab-x', true],
    ['teams/{team}/*', 'vault_path', 'teams/Lab/key', true],
    ['teams/{team}/*', 'vault_path', 'teams/lab/key', false],
    ['teams/{team}/*', 'vault_path', 'teams/Lab/a/key', false],
    ['teams/{team}/**', 'vault_path', 'teams/Lab/a/key', true],
    ['s3a://{team}-*/**', 'path', 's3://lab-data', true],
    ['s3a://{team}-*/**', 'path', 's3a://lab-data/x/../../other/', false],
    ['s3a://{team}-*/**', 'path', 's3a://other/lab-x/', false],
    ['{home}**', 'path', 's3a://cdm-lake/users-warehouse/alice/x/', true],
    ['{home}**', 'path', 's3a://cdm-lake/users-warehouse/alice2/x/', false],
    ['a.c', 'bucket', 'abc', false],
    ['*', 'bucket', 'a/b', false],
  ] as const)('%s as a %s: %s is %s', (pattern, kind, name, expected) => {
    expect(matchesName(pattern, { kind, name }, whose)).toBe(expected);
  });

  it('names of the run stand for themselves, whatever letters they have', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 20 }), fc.string({ maxLength: 20 }), (team, name) => {
        const covered = matchesName('{team}', { kind: 'vault_path', name }, { ...whose, team });
        return covered === (team === name);
      }),
    );
  });

  it('a star never covers the name of another folder', () => {
    const segment = fc.stringMatching(/^[a-z]{1,8}$/);
    fc.assert(
      fc.property(
        segment,
        segment,
        (a, b) => !matchesName('teams/*', { kind: 'vault_path', name: `teams/${a}/${b}` }, whose),
      ),
    );
  });
});

describe('a policy', () => {
  it('without a file binds names to those of the team, and nothing else', () => {
    expect(judgeStep(NO_POLICY, bucket('lab-data'), whose)).toEqual([]);
    expect(judgeStep(NO_POLICY, bucket('office-data'), whose)).toEqual([
      {
        field: 'steps.make',
        rule: 'the bucket office-data is none that a run for Lab may touch: lab, lab-*',
      },
    ]);
    expect(judgeStep(NO_POLICY, bucket('office-data'), { ...whose, anyName: true })).toEqual([]);
    const unknown = { ...bucket(''), input: undefined };
    expect(judgeStep(NO_POLICY, unknown, whose)).toEqual([]);
  });

  it('gives a name to the team whose own is its longest beginning, unless a policy names it', () => {
    const refused = (name: string, policy: Policy = NO_POLICY) => judgeStep(policy, bucket(name), whose);
    expect([refused('lab-officers'), refused('lab-x')]).toEqual([[], []]);
    for (const name of ['lab-office', 'lab-office-data'])
      expect(refused(name)).toEqual([
        { field: 'steps.make', rule: `the bucket ${name} is one of another team` },
      ]);
    expect(refused('lab-office-data', policyOf('names: {bucket: [lab-office-*]}'))).toEqual([]);
  });

  it.each(blocksOf(join(ROOT, 'docs/governance.md')).map(({ line, text }) => ({ line, text })))(
    'of the page is valid: line $line',
    ({ text }) => {
      expect(read(text)).toMatchObject({ errors: [], warnings: [] });
    },
  );

  it('gives no team the buckets of the platform, nor people, whatever they are called', () => {
    const key = (user_name: string, more: Partial<Judged> = {}) =>
      judgeStep(
        NO_POLICY,
        { name: 'key', type: 'storage.key', owner: null, input: { user_name } },
        { ...whose, ...more },
      ).map(({ rule }) => rule);
    expect([key('lab-loader'), key('alice'), key('lab-carla', { requester: 'lab-carla' })]).toEqual([
      [],
      [],
      [],
    ]);
    expect(key('lab-carla')).toEqual(['the user lab-carla is one that no run for the team made']);
    const rules = (type: string, input: JsonObject) =>
      judgeStep(NO_POLICY, { name: 's', type, owner: null, input }, whose).map(({ rule }) => rule);
    expect(rules('storage.tags', { bucket: 'lab-lake', tags: {} })).toEqual([
      'the bucket lab-lake is one of the platform',
    ]);
    expect(rules('storage.prefix', { path: 's3a://lab-lake/users/bob/' })).toEqual([
      'the path s3a://lab-lake/users/bob/ is one of the platform',
    ]);
    const homes = ['s3a://lab-lake/users/alice/'];
    const own = { name: 's', type: 'storage.prefix', owner: null, input: { path: `${homes[0]}x/` } };
    expect(judgeStep(NO_POLICY, own, { ...whose, homes })).toEqual([]);
  });

  it('allows the step types that all lists name: of everybody, of the owner of the provider and of the team', () => {
    const policy = policyOf(`
steps: [storage.*, vault.secret]
teams:
  Lab: {steps: [storage.bucket]}
  Owners: {steps: [storage.group]}
`);
    const step = (type: string, owner: string | null) =>
      judgeStep(policy, { name: 's', type, owner, input: undefined }, whose).length === 0;
    expect([step('storage.bucket', null), step('storage.group', null)]).toEqual([true, false]);
    expect([step('vault.secret', null), step('storage.bucket', 'Owners')]).toEqual([false, false]);
  });

  it('has rules that deny and that ask people', () => {
    const policy = policyOf(`
rules:
  - {name: big, when: request.parameters.size > 2, then: deny, message: too big}
  - name: production
    when: has(request.parameters.environment) && request.parameters.environment == "production"
    then: approve
    from: Platform
    count: 2
`);
    const { refusals, requirements, rules } = judgeRules(policy, run);
    expect(refusals).toEqual([{ field: 'rules.big', rule: 'too big' }]);
    expect(requirements).toEqual([
      { rule: 'production', from: 'Platform', count: 2, message: null, expires_in_seconds: 604_800 },
    ]);
    expect(rules.map(({ rule }) => rule)).toEqual(['big', 'production']);
    const small = { ...run, request: { ...request, parameters: { size: 1 } } };
    expect(judgeRules(policy, small)).toEqual({ refusals: [], requirements: [], rules: [] });
  });

  it('refuses where a rule has no answer', () => {
    const policy = policyOf('rules: [{name: r, when: request.parameters.color == "red", then: approve}]');
    expect(judgeRules(policy, run).refusals).toEqual([
      { field: 'rules.r', rule: expect.stringMatching(/^the rule of the policy has no answer: /) },
    ]);
  });

  it('can see the plan in a rule', () => {
    const policy = policyOf(`
rules: [{name: db, when: 'plan.exists(s, s.type == "postgres.database" && s.input.database.startsWith("p"))', then: deny}]
`);
    const step = {
      name: 'a',
      type: 'postgres.database',
      provider: 'x',
      input: { database: 'prod' },
      changes: [],
    };
    expect(judgeRules(policy, { request, plan: [step] }).refusals).toHaveLength(1);
    expect(judgeRules(policy, run).refusals).toEqual([]);
  });

  it.each([
    ['step: [storage.*]', 'step', 'steps'],
    ['steps: [storage.buckte]', 'There are no step types', 'storage.bucket'],
    ['names: {buckets: ["a"]}', 'buckets', 'bucket'],
    ['names: {bucket: ["{tea}-*"]}', 'no placeholder', '{team}'],
    ['quotas: {buckets: -1}', 'must be a whole number', undefined],
    ['limits: {steps: many}', 'must be a whole number', undefined],
    ['rules: [{name: a, when: "1 +", then: deny}]', '', undefined],
    ['rules: [{name: a, when: request.team, then: deny, from: x, count: 11}]', 'from 1 to 10', undefined],
    ['rules: [{name: a, when: "true"}]', '`deny` or `approve`', undefined],
    [
      'rules: [{name: a, when: "true", then: deny}, {name: a, when: "true", then: deny}]',
      'Two rules',
      undefined,
    ],
    ['teams: [Lab]', 'must be a mapping', undefined],
    ['', 'must be a mapping', undefined],
  ])('with %s is refused, with the place', (text, message, suggestion) => {
    const { value, errors } = read(text);
    expect(value).toBeUndefined();
    expect(errors[0]).toMatchObject({
      ...{ file: 'policy.yaml', line: 1, column: expect.any(Number) },
      message: expect.stringContaining(message),
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  });
});

describe('the admin-config.yaml of innominatus', () => {
  const SEED = `
providers: [{name: storage-team, type: filesystem, path: ./providers}]
workflowPolicies:
  allowedStepTypes: [terraform, kubernetes, ansible, database-migration, vault-setup, monitoring, validation]
  maxStepsPerWorkflow: 10
  maxConcurrentWorkflows: 3
  maxWorkflowDuration: 30m
  security: {requireApproval: [production], allowedExecutors: [Lab]}
`;
  it('is read: its names are ours, and what does not exist allows nothing', () => {
    const policy = policyOf(SEED);
    expect(policy).toMatchObject({
      steps: ['tofu', 'kubernetes.apply', 'ansible', 'postgres.migrate', 'vault.space', 'assert'],
      limits: { steps: 10, active_runs: 3, duration_seconds: 1800 },
    });
    expect(judgeRules(policy, run).requirements).toMatchObject([{ rule: 'requireApproval', from: null }]);
    const other = { ...run, request: { ...request, team: 'Office' } };
    expect(judgeRules(policy, other).refusals).toHaveLength(1);
  });

  it.each(['workflowsRoot: ./w', 'security: {secretsAccess: {vault: read}}', 'maxWorkflowDuration: soon'])(
    'is refused with %s, which nobody would enforce',
    (line) => {
      expect(read(`workflowPolicies:\n  ${line}\n`).errors).toHaveLength(1);
    },
  );
});

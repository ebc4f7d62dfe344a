import fc from 'fast-check';
import { changesIn, type PlanDocument, refusedIn } from '../../../src/targets/tofu/plan-changes.js';
import { presentIn } from '../../../src/targets/tofu/present.js';
import { problemIn } from '../../../src/targets/tofu/diagnostics.js';
import { encryptionOf, stampOf } from '../../../src/targets/tofu/encryption.js';
import { SecretValues } from '../../../src/targets/tools/secret-values.js';
import { Secret } from '../../../src/common/secret.js';
import { removals, shownChanges } from '../../../src/steps/tofu/operations.js';
import { requirePlanned } from '../../../src/steps/tools/planned.js';
import { digestOf } from '../../../src/common/canonical.js';

const BUILT_IN = 'terraform.io/builtin/terraform';
const changed = (change: object, address = 'terraform_data.a'): PlanDocument => ({
  resource_changes: [{ address, provider_name: BUILT_IN, change: { actions: ['update'], ...change } }],
});

describe('what a plan shows', () => {
  it('is what changes, and what is not known yet', () => {
    const plan = changed({
      before: { id: '1', input: 'a', list: ['x', null] },
      after: { id: '1', input: 'b', list: ['x', 'y'] },
      after_unknown: { output: true },
    });
    expect(changesIn(plan)).toEqual([
      {
        ...{ change: 'change_resource', address: 'terraform_data.a' },
        before: { input: 'a', list: ['x', null] },
        after: { input: 'b', list: ['x', 'y'], output: '(known after apply)' },
      },
    ]);
  });

  it('never has a value that is marked as sensitive anywhere, wherever it stands', () => {
    const secret = fc.string({ minLength: 8, maxLength: 40 }).filter((each) => !'(sensitive)'.includes(each));
    fc.assert(
      fc.property(secret, fc.constantFrom('before', 'after'), (value, side) => {
        const plan = changed({
          before: { input: 'x', output: `a ${value} b`, other: { deep: [value] } },
          after: { input: 'y', output: value, other: { deep: [`${value}${value}`] } },
          [`${side}_sensitive`]: { token: true },
        });
        const change = plan.resource_changes?.[0]?.change as Record<string, any>;
        change[side].token = value;
        const shown = JSON.stringify(changesIn(plan));
        expect(shown.includes(JSON.stringify(value).slice(1, -1))).toBe(false);
        expect(shown).toContain('(sensitive)');
      }),
    );
  });

  it('has no value of a variable that the module marks as sensitive', () => {
    const plan = {
      ...changed({ before: { input: 'old' }, after: { input: 'pass' } }),
      variables: { password: { value: 'pass' } },
      configuration: { root_module: { variables: { password: { sensitive: true } } } },
    };
    expect(changesIn(plan)).toMatchObject([{ after: { input: '(sensitive)' } }]);
  });

  it('has no sensitive value of a kind that is not looked for elsewhere', () => {
    const plan = changed({ before: { on: false }, after: { on: true }, after_sensitive: { on: true } });
    expect(changesIn(plan)).toMatchObject([{ before: { on: false }, after: { on: '(sensitive)' } }]);
  });

  it('tells that a sensitive value changes', () => {
    const marks = { before_sensitive: { token: true }, after_sensitive: { token: true } };
    const plan = changed({ before: { token: 'a', same: 1 }, after: { token: 'b', same: 1 }, ...marks });
    expect(changesIn(plan)).toMatchObject([
      { before: { token: '(sensitive)' }, after: { token: '(sensitive)' } },
    ]);
  });

  it('tells long texts apart by their ends', () => {
    const long = (end: string) => `${'x'.repeat(5000)}${end}`;
    const [{ before, after } = {}] = changesIn(
      changed({ before: { a: long('1') }, after: { a: long('2') } }),
    );
    expect(JSON.stringify(before).length).toBeLessThan(400);
    expect(before).not.toEqual(after);
  });

  it('refuses what it has no name for', () => {
    expect(() => changesIn(changed({ actions: ['explode'] }))).toThrow('explode');
  });
});

describe('what OpenTofu says that a plan has', () => {
  const allowed = new Set([BUILT_IN]);
  it.each<[string, PlanDocument, string]>([
    ['a provider', changed({}, 'a.b'), ''],
    [
      'a provider',
      { resource_changes: [{ address: 'a.b', provider_name: 'h/x/y', change: { actions: [] } }] },
      'the provider h/x/y is not allowed',
    ],
    ['settings', { configuration: { provider_config: { x: { full_name: 'h/x/z' } } } }, 'h/x/z'],
    [
      'a provisioner',
      {
        configuration: {
          root_module: {
            module_calls: {
              m: {
                source: './m',
                module: { resources: [{ address: 'a.b', mode: 'managed', type: 'a', provisioners: [{}] }] },
              },
            },
          },
        },
      },
      'a.b has a provisioner',
    ],
    [
      'a module',
      { configuration: { root_module: { module_calls: { m: { source: 'x/y/z' } } } } },
      'the module m',
    ],
    [
      'a data source',
      {
        configuration: {
          root_module: { resources: [{ address: 'data.external.a', mode: 'data', type: 'external' }] },
        },
      },
      'data.external.a',
    ],
  ])('%s', (_, plan, rule) => {
    expect(refusedIn(plan, allowed).join()).toEqual(rule === '' ? '' : expect.stringContaining(rule));
  });
});

describe('a plan that was shown', () => {
  const one = shownChanges('s', changesIn(changed({ before: { a: 1 }, after: { a: 2 } })));
  const other = shownChanges('s', changesIn(changed({ before: { a: 1 }, after: { a: 3 } })));
  it('is the only one that is applied; less of it may be left to do', () => {
    const planned = one.map(digestOf);
    expect(() => requirePlanned(one, planned)).not.toThrow();
    expect(() => requirePlanned([], planned)).not.toThrow();
    expect(() => requirePlanned(other, planned)).toThrow('another one by now');
    expect(() => requirePlanned([...one, ...other], planned)).toThrow('another one by now');
    expect(() => requirePlanned(other, undefined)).not.toThrow();
    // values become known while the plan is applied
    expect(() => requirePlanned(other, planned, ['change_resource tofu s: terraform_data.a'])).not.toThrow();
    expect(() => requirePlanned(one, planned, ['create_resource tofu s: terraform_data.a'])).toThrow(
      'another one by now: change_resource tofu s: terraform_data.a',
    );
  });
});

describe('what is there', () => {
  const state = (input: string, output: string) => ({
    values: {
      outputs: {
        plain: { value: output },
        deep: { value: { a: [`x${output}`] } },
        marked: { sensitive: true, value: 'm' },
      },
      root_module: {
        resources: [
          { address: 'a.b', mode: 'managed', values: { input, output }, sensitive_values: { input: true } },
          { address: 'data.a.b', mode: 'data', values: {} },
        ],
        child_modules: [{ resources: [{ address: 'module.m.a.b', mode: 'managed', values: {} }] }],
      },
    },
  });

  it('gives outputs only if no secret is in them', () => {
    expect(presentIn(state('secret-value', 'plain'), 'k').outputs).toEqual({
      plain: 'plain',
      deep: { a: ['xplain'] },
    });
    expect(presentIn(state('secret-value', 'secret-value'), 'k').outputs).toEqual({});
  });

  it('is told apart by digests that nobody can guess, and taken back only if it is the same', () => {
    const [a, b] = [presentIn(state('1', 'x'), 'k'), presentIn(state('2', 'x'), 'k')];
    expect([...a.resources.keys()]).toEqual(['a.b', 'module.m.a.b']);
    expect(a.resources.get('a.b')).not.toBe(b.resources.get('a.b'));
    expect(a.resources.get('a.b')).not.toBe(presentIn(state('1', 'x'), 'other').resources.get('a.b'));
    const made = (id: string, digest?: string) => ({
      entitlement: { id, ...(digest === undefined ? {} : { digest }) },
      ...({ action: 'create', status: 'done' } as const),
    });
    const operations = [made('a.b', a.resources.get('a.b')), made('module.m.a.b'), made('gone')];
    expect(removals(operations, a)).toMatchObject({
      remove: ['a.b', 'module.m.a.b'],
      skipped: [{ message: 'it is gone' }],
    });
    expect(removals(operations, b).remove).toEqual(['module.m.a.b']);
  });
});

describe('why OpenTofu failed', () => {
  const ended = (...lines: object[]) => ({
    code: 1,
    errors: 'x',
    output: lines.map((each) => JSON.stringify(each)).join('\n'),
  });
  it('is its first error, without secrets', () => {
    const hidden = new SecretValues(['hunter2-hunter2']);
    const error = {
      severity: 'error',
      summary: 'No',
      detail: 'the key\nhunter2-hunter2 is bad',
      address: 'a.b',
    };
    const said = problemIn(
      ended({ diagnostic: { severity: 'warning', summary: 'W' } }, { diagnostic: error }),
      'apply',
      hidden,
    );
    expect(said.message).toBe('OpenTofu failed (apply): a.b: No: the key (sensitive) is bad');
    expect(problemIn({ code: 3, errors: '', output: '{broken' }, 'init', hidden).message).toContain(
      'it ended with 3',
    );
  });
});

describe('a state at rest', () => {
  it('is encrypted, or none', () => {
    expect(stampOf('{"serial": 1, "lineage": "l", "encrypted_data": "x"}')).toEqual({
      serial: 1,
      lineage: 'l',
    });
    for (const text of ['{"serial": 1, "lineage": "l", "resources": []}', '{"serial": 1, "lin', ''])
      expect(stampOf(text)).toBeUndefined();
    const [one, two] = ['a', 'b'].map((each) => new Secret(each.repeat(40)));
    const text = encryptionOf([one as Secret, two as Secret]);
    expect(text.match(/enforced = true/g)).toHaveLength(2);
    expect(text).toMatch(/state \{\s+method = method.aes_gcm.m0[^]*fallback \{\s+method = method.aes_gcm.m1/);
  });
});

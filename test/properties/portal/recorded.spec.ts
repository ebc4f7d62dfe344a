import { parseDelivery } from '../../../src/data-products/webhooks/delivery.js';
import { type Hint } from '../../../src/data-products/webhooks/hint.js';
import { hintsOf } from '../../../src/data-products/webhooks/hints.js';
import { isSigned } from '../../../src/data-products/webhooks/sign.js';
import { recorded, RECORDED_SECRET } from '../../support/portal/recorded.js';

/** `-`: noise. `refused`: the portal said no. Ids by their first eight characters, x: an exploration. */
const V051 = `
  - | created d4e6cc14 | created 726922ff
  -
  consumer 726922ff requested
  port a72f7758 of d4e6cc14 approved | port a72f7758 of d4e6cc14 denied | port a72f7758 of d4e6cc14 removed
  updated 726922ff | deleted 726922ff | changed 726922ff`;

const V070 = `
  - | - | created 461ec785 | changed 461ec785 | changed 461ec785 | changed 461ec785
  changed 6ced4e15 | created 6ced4e15 | changed 6ced4e15 | changed 6ced4e15
  - | port acea5742 of 461ec785 changed | port acea5742 of 461ec785 changed | - | -
  consumer 6ced4e15 requested
  changed 6ced4e15 | consumer 6ced4e15 changed | changed 6ced4e15 | consumer 6ced4e15 changed
  port acea5742 of 461ec785 approved | consumer 6ced4e15 changed
  refused
  updated 6ced4e15 | changed 6ced4e15
  port acea5742 of 461ec785 revoked | consumer 6ced4e15 changed
  consumer 6ced4e15 changed at acea5742 | consumer 6ced4e15 changed
  port acea5742 of 461ec785 denied | consumer 6ced4e15 changed
  port acea5742 of 461ec785 removed | consumer 6ced4e15 changed
  deleted 6ced4e15 | changed 6ced4e15 | changed 6ced4e15
  changed 461ec785 | changed 461ec785
  deleted 461ec785 | changed 461ec785
  changed 461ec785 | changed 461ec785 | changed 461ec785 | - | port acea5742 of 461ec785 changed | changed 461ec785
  - | -
  created c7c7eee9 | changed c7c7eee9 | changed c7c7eee9 | changed c7c7eee9
  created 891a480f | changed 891a480f | changed 891a480f | changed 891a480f
  created 0ef73254 | changed 0ef73254 | changed 0ef73254 | changed 0ef73254
  - | port 9a2a2498 of c7c7eee9 changed | port 9a2a2498 of c7c7eee9 changed | - | -
  - | port 25300223 of c7c7eee9 changed | port 25300223 of c7c7eee9 changed | - | -
  consumer 891a480f requested
  changed 891a480f | consumer 891a480f changed | changed 891a480f | consumer 891a480f changed
  port 9a2a2498 of c7c7eee9 approved | consumer 891a480f changed
  consumer 0ef73254 requested
  changed 0ef73254 | consumer 0ef73254 changed | changed 0ef73254 | consumer 0ef73254 changed
  consumer 0ef73254 requested
  changed 0ef73254 | consumer 0ef73254 changed | changed 0ef73254 | consumer 0ef73254 changed
  updated c7c7eee9
  changed c7c7eee9 | port 25300223 of c7c7eee9 changed | port 9a2a2498 of c7c7eee9 changed
  updated c7c7eee9 | changed c7c7eee9
  port 25300223 of c7c7eee9 deleted | consumer 0ef73254 changed | - | port 25300223 of c7c7eee9 changed
  changed c7c7eee9 | deleted c7c7eee9 | consumer 891a480f changed | consumer 0ef73254 changed | -
  port 9a2a2498 of c7c7eee9 changed | changed c7c7eee9
  refused | refused | refused | refused | refused | refused | refused | refused | refused | refused
  refused | refused
  - | -
  created 86569d45 | changed 86569d45 | changed 86569d45 | changed 86569d45
  created 4767e16a | changed 4767e16a | changed 4767e16a | changed 4767e16a
  - | port b8faff3f of 86569d45 changed | port b8faff3f of 86569d45 changed | - | -
  - | port 3ec9138e of 86569d45 changed | port 3ec9138e of 86569d45 changed | - | -
  created x c9f25e98 as explo-gz | changed x c9f25e98 | changed x c9f25e98 | consumer x c9f25e98 changed
  changed x c9f25e98 | consumer x c9f25e98 changed
  consumer 4767e16a requested
  changed 4767e16a | consumer 4767e16a changed | changed 4767e16a | consumer 4767e16a changed
  port b8faff3f of 86569d45 approved | consumer x c9f25e98 changed
  consumer 4767e16a changed | changed 4767e16a | consumer 4767e16a changed
  port b8faff3f of 86569d45 approved | consumer 4767e16a changed
  port 3ec9138e of 86569d45 approved | consumer 4767e16a changed
  consumer 4767e16a revoked at 3ec9138e | consumer 4767e16a changed
  consumer 4767e16a removed at 3ec9138e | consumer 4767e16a changed
  consumer x c9f25e98 revoked at b8faff3f | consumer x c9f25e98 changed`;

const MAIN = `
  changed 0a883317 | changed 138d83af | changed 16f9cdac | changed 1953822b
  changed 2b5e3909 | changed 2f131865 | changed 3438b81d | changed 3a3dc97d
  changed 403d19c9 | changed 429f80cf | changed 4aa9fdef | changed 4bba2a03
  changed 65254a60 | changed 66563731 | changed 867e3ad0 | changed b5c189e0
  changed b5c189e0 | changed 8429ecaf | changed 8429ecaf | changed a955e5f9
  changed a955e5f9 | port 67ae0fa8 of 66563731 changed | port e2a641fc of 66563731 changed | port 5489f7ee of b5c189e0 changed
  port 5489f7ee of b5c189e0 changed | - | - | consumer 8429ecaf changed
  consumer 8429ecaf changed | consumer 8429ecaf changed | port a91f4fd3 of b5c189e0 changed | port a91f4fd3 of b5c189e0 changed
  - | - | consumer 8429ecaf changed | consumer 8429ecaf changed
  consumer 8429ecaf changed | consumer 8429ecaf changed | port 208cc524 of 0a883317 changed | port f3aa47cf of 0a883317 changed
  consumer 8429ecaf changed | port 8013e5e9 of b5c189e0 changed | port 8013e5e9 of b5c189e0 changed | -
  - | consumer 8429ecaf changed | consumer 8429ecaf changed | consumer 8429ecaf changed
  consumer 8429ecaf changed | consumer 8429ecaf changed | consumer 8429ecaf changed | port 83f08844 of 1953822b changed
  port 03ff0760 of 16f9cdac changed | consumer 8429ecaf changed | port 3d27da13 of 86b74246 changed | port e94890c6 of 4aa9fdef changed
  port 56acafd4 of c6ddf9eb changed | changed x de0b6035 | - | -
  - | - | - | changed 9ecd5a32
  changed 9ecd5a32 | changed 45b3d8ef | changed 45b3d8ef | port all of 45b3d8ef changed
  port all of 45b3d8ef changed | - | - | port all of 45b3d8ef changed
  port bf092007 of 45b3d8ef changed | port bf092007 of 45b3d8ef changed | - | -
  changed x 435b1a7f | changed x 435b1a7f | changed x 435b1a7f | changed x 435b1a7f
  changed x 435b1a7f | changed x 435b1a7f | changed x 435b1a7f | changed 2eddcbd8
  changed 2eddcbd8 | changed 45b3d8ef | port bf092007 of 45b3d8ef changed | port all of 45b3d8ef changed
  changed 6ef4abb1 | changed 6ef4abb1 | changed x ea799ccd | changed x ea799ccd
  changed x ea799ccd`;

const short = (id: string | undefined) => id?.slice(0, 8);

function inWords(hint: Hint): string {
  if (hint.about === 'output_port')
    return `port ${short(hint.outputPortId) ?? 'all'} of ${short(hint.providerId)} ${hint.event}`;
  if (hint.about === 'owners' || hint.about === 'legacy_link' || hint.about === 'legacy_port')
    return hint.about;
  const who = `${hint.ref.kind === 'exploration' ? 'x ' : ''}${short(hint.ref.id)}`;
  if (hint.about === 'product')
    return `${hint.event} ${who}${hint.namespace === undefined ? '' : ` as ${hint.namespace}`}`;
  return `consumer ${who} ${hint.event}${hint.outputPortId === undefined ? '' : ` at ${short(hint.outputPortId)}`}`;
}

function understood(raw: string): string {
  const parsed = parseDelivery(Buffer.from(raw));
  if (!parsed.ok) return `malformed ${parsed.error.field}`;
  const said = hintsOf(parsed.value);
  if ('hints' in said) return said.hints.map(inWords).join(' and ');
  return said.ignored.includes('refused') ? 'refused' : '-';
}

describe.each([
  ['0.5.1', V051, 11],
  ['0.7.0', V070, 162],
  ['main', MAIN, 93],
] as const)('deliveries recorded from a portal %s', (version, table, count) => {
  const deliveries = recorded(version);
  const expected = table.trim().split(/\s*[|\n]\s*/);

  it('are understood as they were meant', () => {
    expect(deliveries).toHaveLength(count);
    expect(deliveries.map(({ raw }, line) => `${line}: ${understood(raw)}`)).toEqual(
      expected.map((words, line) => `${line}: ${words}`),
    );
  });

  it('carry the signature of the portal when they are v1', () => {
    const signed = deliveries.filter(({ path }) => path !== '/v2');
    if (version === 'main') return expect(signed).toEqual([]);
    expect(signed.length).toBeGreaterThan(10);
    for (const { raw, headers } of signed) {
      expect(isSigned(Buffer.from(raw), headers['Sign'], RECORDED_SECRET)).toBe(true);
      expect(isSigned(Buffer.from(raw), headers['Sign'], 'another secret')).toBe(false);
      expect(
        isSigned(Buffer.from(raw.replace('"url":"/api', '"url":"/apj')), headers['Sign'], RECORDED_SECRET),
      ).toBe(false);
    }
  });
});

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
  - | - | created 461ec785 | changed 461ec785 | - | -
  changed 6ced4e15 | created 6ced4e15 | - | -
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
  deleted 6ced4e15 | - | changed 6ced4e15
  changed 461ec785 | changed 461ec785
  deleted 461ec785 | changed 461ec785
  changed 461ec785 | changed 461ec785 | - | - | port acea5742 of 461ec785 changed | changed 461ec785
  - | -
  created c7c7eee9 | changed c7c7eee9 | - | -
  created 891a480f | changed 891a480f | - | -
  created 0ef73254 | changed 0ef73254 | - | -
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
  - | deleted c7c7eee9 | consumer 891a480f changed | consumer 0ef73254 changed | -
  port 9a2a2498 of c7c7eee9 changed | changed c7c7eee9
  refused | refused | refused | refused | refused | refused | refused | refused | refused | refused
  refused | refused
  - | -
  created 86569d45 | changed 86569d45 | - | -
  created 4767e16a | changed 4767e16a | - | -
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

const short = (id: string | undefined) => id?.slice(0, 8);

function inWords(hint: Hint): string {
  if (hint.about === 'output_port')
    return `port ${short(hint.outputPortId)} of ${short(hint.providerId)} ${hint.event}`;
  if (hint.about === 'legacy_link' || hint.about === 'legacy_port') return hint.about;
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

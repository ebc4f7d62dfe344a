import fc from 'fast-check';
import { judge } from '../../../src/doctor/verdict.js';

type Verdict = Parameters<typeof judge>[0][number]['verdict'];

const check = (name: string, verdict: Verdict) => ({ name, verdict, detail: '', remedy: '' });
const all = (verdicts: Record<string, Verdict>) =>
  Object.entries(verdicts).map(([name, verdict]) => check(name, verdict));

describe('the verdict of all checks', () => {
  it.each<[Record<string, Verdict>, string, string]>([
    [{ a: 'ok', b: 'ok' }, 'ok', 'All 2 checks are ok.'],
    [{ a: 'ok', b: 'not_configured', c: 'ok' }, 'ok', 'All 2 checks are ok. Not configured: b.'],
    [{ a: 'ok', b: 'warning', c: 'warning' }, 'warning', 'None of 3 checks failed. Warnings: b, c.'],
    [
      { a: 'not_configured', b: 'ok', c: 'warning', d: 'failed' },
      'failed',
      '1 of 3 checks failed: d. Warnings: c. Not configured: a.',
    ],
  ])('%j', (verdicts, verdict, summary) => {
    expect(judge(all(verdicts))).toMatchObject({ verdict, summary });
  });

  it('leaves no check out, puts the worst first and keeps the order of equals', () => {
    const verdict = fc.constantFrom<Verdict[]>('ok', 'warning', 'failed', 'not_configured');
    fc.assert(
      fc.property(fc.array(verdict), (verdicts) => {
        const checks = verdicts.map((each, index) => check(String(index), each));
        const rank = (name: string) =>
          ['failed', 'warning', 'not_configured', 'ok'].indexOf(verdicts[Number(name)] ?? '');
        const expected = [...checks].sort(
          (left, right) => rank(left.name) - rank(right.name) || Number(left.name) - Number(right.name),
        );
        expect(judge(checks).checks).toEqual(expected);
      }),
    );
  });
});

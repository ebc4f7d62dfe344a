import fc from 'fast-check';
import { dayOf, daysBefore, seriesOf } from '../../../src/statistics/series.js';

const DAY_MS = 86_400_000;
const moments = fc.date({
  min: new Date('1999-12-30T00:00:00Z'),
  max: new Date('2101-01-01T00:00:00Z'),
  noInvalidDate: true,
});

describe('a series of days', () => {
  it('has every day once, in order, with what happened on it and zero otherwise', () => {
    fc.assert(
      fc.property(moments, fc.integer({ min: 0, max: 400 }), fc.func(fc.nat()), (until, days, valueOf) => {
        const since = daysBefore(until, days);
        const kept = Array.from({ length: days + 1 }, (_, index) => daysBefore(until, days - index))
          .filter((day) => valueOf(day.getTime()) % 3 > 0)
          .map((day) => ({ day: day.toISOString().slice(0, 10), value: valueOf(day.getTime()) }));
        const points = seriesOf(kept, since, until);
        expect(points).toHaveLength(days + 1);
        expect(points[0]?.at).toBe(dayOf(since).toISOString());
        expect(points.at(-1)?.at).toBe(dayOf(until).toISOString());
        points.slice(1).forEach(({ at }, index) => {
          expect(Date.parse(at) - Date.parse(points[index]!.at)).toBe(DAY_MS);
        });
        const sum = (values: { value: number }[]) => values.reduce((all, { value }) => all + value, 0);
        expect(sum(points)).toBe(sum(kept));
        for (const { day, value } of kept)
          expect(points.find(({ at }) => at.startsWith(day))).toMatchObject({ value });
      }),
      { numRuns: 200 },
    );
  });

  it('counts nothing of days outside it', () => {
    const until = new Date('2026-03-02T12:00:00Z');
    const counts = ['2026-02-28', '2026-03-03'].map((day) => ({ day, value: 7 }));
    expect(seriesOf(counts, new Date('2026-03-01T23:59:59Z'), until)).toEqual([
      { at: '2026-03-01T00:00:00.000Z', value: 0 },
      { at: '2026-03-02T00:00:00.000Z', value: 0 },
    ]);
  });
});

import type { Schema } from '../../api/schema.ts';
import { formatNumber } from '../../words/format.ts';
import { words } from '../../words/en.ts';

/** How many reach a path. Who is in two groups counts in both. */
export function Counts({ reachers, isAll }: { reachers: readonly Schema['ReacherDto'][]; isAll: boolean }) {
  const groups = reachers.filter(({ kind }) => kind === 'group');
  const members = groups.reduce((sum, { member_count: count = 0 }) => sum + count, 0);
  const people = reachers.length - groups.length;
  const { counts, peopleAlone, countsSoFar } = words.explorer;
  return (
    <p>
      {groups.length > 0 && counts(formatNumber(groups.length), formatNumber(members))}{' '}
      {peopleAlone(formatNumber(people))} {!isAll && <span class="faint">{countsSoFar}</span>}
    </p>
  );
}

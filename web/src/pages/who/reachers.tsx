import type { Schema } from '../../api/schema.ts';
import type { Paged } from '../../api/use-paged.ts';
import { List } from '../../parts/list.tsx';
import { Time } from '../../parts/time.tsx';
import { formatNumber } from '../../words/format.ts';
import { words } from '../../words/en.ts';

type Reacher = Schema['ReacherDto'];

/** The same as the picture, as a table: for a keyboard, a screen reader, and to copy. */
export function Reachers({ from }: { from: Paged<Reacher> }) {
  return (
    <List
      from={from}
      caption={words.pages.who}
      keyOf={({ kind, name }) => `${kind} ${name}`}
      empty={words.who.nobody}
      columns={[
        { title: words.who.who, cell: Name },
        { title: words.shares.may, cell: ({ permission }) => words.levels[permission] },
        { title: words.who.why, cell: Why },
      ]}
    />
  );
}

function Name({ kind, name, member_count: count, members }: Reacher) {
  if (kind === 'user') return <>{name}</>;
  if (!members || members.length === 0)
    return (
      <>
        {words.kinds.group(name)} {count !== undefined && <span class="faint">({formatNumber(count)})</span>}
      </>
    );
  return (
    <details>
      <summary>
        {words.kinds.group(name)} <span class="faint">({formatNumber(count ?? members.length)})</span>
      </summary>
      {members.map(({ user_name }) => user_name).join(', ')}
      {count !== undefined && count > members.length && ' …'}
    </details>
  );
}

function Why({ because, because_left_out: leftOut }: Reacher) {
  return (
    <ul class="plain-list">
      {because.map(({ via, permission, expires_at, grant }) => (
        <li key={`${via} ${permission} ${grant?.path ?? ''}`}>
          {words.who.reasons[via] ?? via}: {words.levels[permission]}
          {grant && (
            <span class="hint">
              {' '}
              {words.who.at} <code>{grant.path}</code>, {words.who.by(grant.granted_by)}
            </span>
          )}
          {expires_at && (
            <span class="hint">
              , {words.who.until} <Time at={expires_at} />
            </span>
          )}
        </li>
      ))}
      {leftOut !== undefined && leftOut > 0 && <li>{words.who.leftOut(formatNumber(leftOut))}</li>}
    </ul>
  );
}

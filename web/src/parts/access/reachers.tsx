import type { Schema } from '../../api/schema.ts';
import type { Paged } from '../../api/use-paged.ts';
import { GranteeName } from '../names/links.tsx';
import { List } from '../list.tsx';
import { formatNumber } from '../../words/format.ts';
import { words } from '../../words/en.ts';
import type { Ending, Viewer } from './endings.ts';
import { Reasons } from './reasons.tsx';

type Reacher = Schema['ReacherDto'];

interface Props {
  from: Paged<Reacher>;
  viewer: Viewer;
  onEnd: (ending: Ending) => void;
}

/** The same as the picture, as a table: for a keyboard, a screen reader, and to copy. */
export function Reachers({ from, viewer, onEnd }: Props) {
  return (
    <List
      from={from}
      caption={words.pages.who}
      keyOf={({ kind, name }) => `${kind} ${name}`}
      empty={words.who.nobody}
      columns={[
        { title: words.who.who, cell: (reacher) => <Name reacher={reacher} isLink={viewer.admin} /> },
        { title: words.shares.may, cell: ({ permission }) => words.levels[permission] },
        {
          title: words.who.why,
          cell: ({ because, because_left_out: leftOut }) => (
            <Reasons
              because={because}
              {...(leftOut === undefined ? {} : { leftOut })}
              {...{ viewer, onEnd }}
            />
          ),
        },
      ]}
    />
  );
}

/** A group is folded: it opens to its members where the answer has them. */
function Name({ reacher, isLink }: { reacher: Reacher; isLink: boolean }) {
  const { kind, name, member_count: count, members = [], because } = reacher;
  // a MinIO user or group that is not ours has no page
  const isOurs = because.some(({ via }) => via !== 'foreign_policy');
  const shown = <GranteeName {...{ kind, name }} isLink={isLink && isOurs} />;
  if (kind === 'user') return shown;
  if (members.length === 0)
    return (
      <>
        {shown} {count !== undefined && <span class="faint">({formatNumber(count)})</span>}
      </>
    );
  return (
    <>
      {shown}
      <details>
        <summary>{words.who.people(formatNumber(count ?? members.length))}</summary>
        {members.map(({ user_name }) => user_name).join(', ')}
        {count !== undefined && count > members.length && ' …'}
      </details>
    </>
  );
}

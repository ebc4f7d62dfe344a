import type { Schema } from '../../api/schema.ts';
import type { Paged } from '../../api/use-paged.ts';
import { me } from '../../app/session.ts';
import { List } from '../../parts/list.tsx';
import { Time } from '../../parts/time.tsx';
import { formatNumber } from '../../words/format.ts';
import { words } from '../../words/en.ts';

type Reacher = Schema['ReacherDto'];
type Because = Reacher['because'][number];

/** A share that the person may end, and who gave it. */
export interface EndableShare {
  user: string;
  path: string;
  grantee: Schema['GranteeDto'];
}

interface Props {
  from: Paged<Reacher>;
  onEnd: (share: EndableShare) => void;
}

/** The same as the picture, as a table: for a keyboard, a screen reader, and to copy. */
export function Reachers({ from, onEnd }: Props) {
  const owners = ownersAmong(from.items ?? []);
  return (
    <List
      from={from}
      caption={words.pages.who}
      keyOf={({ kind, name }) => `${kind} ${name}`}
      empty={words.who.nobody}
      columns={[
        { title: words.who.who, cell: Name },
        { title: words.shares.may, cell: ({ permission }) => words.levels[permission] },
        { title: words.who.why, cell: (reacher) => <Why reacher={reacher} owners={owners} onEnd={onEnd} /> },
      ]}
    />
  );
}

function ownersAmong(reachers: readonly Reacher[]): string[] {
  return reachers.filter(({ because }) => because.some(({ via }) => via === 'owner')).map(({ name }) => name);
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

interface WhyProps {
  reacher: Reacher;
  owners: readonly string[];
  onEnd: Props['onEnd'];
}

function Why({ reacher, owners, onEnd }: WhyProps) {
  const { because, because_left_out: leftOut } = reacher;
  return (
    <ul class="plain-list">
      {because.map((each) => (
        <li key={`${each.via} ${each.permission} ${each.grant?.path ?? ''}`}>
          <Reason because={each} />
          <End share={endable(reacher, each, owners)} onEnd={onEnd} />
        </li>
      ))}
      {leftOut !== undefined && leftOut > 0 && <li>{words.who.leftOut(formatNumber(leftOut))}</li>}
    </ul>
  );
}

function Reason({ because: { via, permission, expires_at, grant } }: { because: Because }) {
  return (
    <>
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
    </>
  );
}

/**
 * The share behind a reason, if it is the person's own or they are an administrator. What comes with a role or a data product ends
 * elsewhere. An administrator may have given it for the owner, whose name is a part of the path then.
 */
function endable(
  { kind, name }: Reacher,
  { grant }: Because,
  owners: readonly string[],
): EndableShare | undefined {
  if (grant?.origin !== 'share') return undefined;
  const user = owners.find((owner) => grant.path.includes(`/${owner}/`)) ?? grant.granted_by;
  if (user !== me.value?.user_name && me.value?.admin !== true) return undefined;
  return { user, path: grant.path, grantee: { kind, name } };
}

function End({ share, onEnd }: { share: EndableShare | undefined; onEnd: Props['onEnd'] }) {
  if (!share) return null;
  return (
    <button type="button" class="plain" onClick={() => onEnd(share)}>
      {words.shares.end}
    </button>
  );
}

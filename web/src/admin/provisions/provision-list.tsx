import { type ComponentChildren } from 'preact';
import type { Schema } from '../../api/schema.ts';
import type { Paged } from '../../api/use-paged.ts';
import { List } from '../../parts/list.tsx';
import { provisionAddress } from '../../parts/names/links.tsx';
import { Time } from '../../parts/time.tsx';
import { words } from '../../words/en.ts';
import { State } from './states.tsx';

type Provision = Schema['ProvisionDto'];

interface Props {
  from: Paged<Provision>;
  caption: string;
  empty: ComponentChildren;
}

/** Provisions, each leading to its page. */
export function ProvisionList({ from, caption, empty }: Props) {
  const { provisions } = words;
  return (
    <List
      from={from}
      caption={caption}
      keyOf={({ id }) => id}
      empty={empty}
      columns={[
        { title: provisions.kind, cell: Kind },
        { title: provisions.subject, cell: ({ subject }) => <code>{subject}</code> },
        { title: words.shares.state, cell: Outcome },
        { title: provisions.origin, cell: Origin },
        { title: provisions.since, cell: ({ created_at }) => <Time at={created_at} /> },
      ]}
    />
  );
}

function Kind({ id, kind, subject }: Provision) {
  return (
    <a href={provisionAddress(id)} aria-label={`${kind} ${subject}`}>
      {kind}
    </a>
  );
}

/** How it stands, and why it failed. */
function Outcome(provision: Provision) {
  return (
    <>
      <State {...provision} />
      {provision.error !== null && <div class="hint">{provision.error}</div>}
    </>
  );
}

function Origin({ origin, requested_by: by }: Provision) {
  return (
    <>
      {words.provisions.origins[origin]}
      <div class="hint">{by}</div>
    </>
  );
}

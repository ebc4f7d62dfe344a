import { api, ask } from '../../api/client.ts';
import type { Schema } from '../../api/schema.ts';
import { usePaged } from '../../api/use-paged.ts';
import { Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { words } from '../../words/en.ts';
import { ProvisionList } from './provision-list.tsx';

type Event = Schema['ProvisionEventDto'];

/** What happened to a provision, the first first. */
export function Events({ events }: { events: readonly Event[] }) {
  const { provisions } = words;
  return (
    <section>
      <h2>{provisions.events}</h2>
      <Table
        caption={provisions.events}
        rows={events}
        keyOf={({ at, event }) => `${at} ${event}`}
        empty={words.none}
        columns={[
          { title: words.audit.at, cell: ({ at }) => <Time at={at} /> },
          { title: provisions.event, cell: ({ event }) => event },
          { title: words.audit.detail, cell: Detail },
        ]}
      />
    </section>
  );
}

function Detail({ detail }: Event) {
  return (
    <>
      {Object.entries(detail)
        .filter(([, value]) => value !== null)
        .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
        .join(', ')}
    </>
  );
}

/** The provisions that a provision consists of, such as the steps of a workflow; nothing if there are none. */
export function Parts({ id }: { id: string }) {
  const parts = usePaged(
    (cursor) => ask(api.GET('/provisions', { params: { query: { parent_id: id, cursor } } })),
    [id],
  );
  if (parts.items === undefined || parts.items.length === 0) return null;
  return (
    <section>
      <h2>{words.provisions.parts}</h2>
      <ProvisionList from={parts} caption={words.provisions.parts} empty={words.none} />
    </section>
  );
}

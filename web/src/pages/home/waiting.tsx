import { api, ask } from '../../api/client.ts';
import type { Schema } from '../../api/schema.ts';
import { all } from '../../api/pages.ts';
import { useLoaded } from '../../api/use-loaded.ts';
import { Loading } from '../../parts/loading.tsx';
import { Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { words } from '../../words/en.ts';

/** Requests of others that this person may decide. */
export function Waiting({ person }: { person: Schema['MeDto'] }) {
  const requests = useLoaded(
    () =>
      all((cursor) =>
        ask(api.GET('/access-requests', { params: { query: { role: 'owner', state: 'open', cursor } } })),
      ),
    [person.user_name],
  );
  return (
    <section>
      <h2>{words.home.waiting}</h2>
      <Loading from={requests}>
        {(items) => (
          <Table
            caption={words.home.waiting}
            rows={items}
            keyOf={({ id }) => id}
            empty={words.home.noWaiting}
            columns={[
              { title: words.home.from, cell: ({ requester }) => requester },
              { title: words.home.asksFor, cell: whatOf },
              { title: words.home.since, cell: ({ created_at }) => <Time at={created_at} /> },
            ]}
          />
        )}
      </Loading>
    </section>
  );
}

/** What a request asks for, in a few words. */
function whatOf({ path, permission, group, role }: Schema['AccessRequestDto']) {
  if (group !== undefined) return words.home.asksGroup(words.roles[role ?? 'member'], group);
  return (
    <>
      {words.levels[permission ?? 'read']} <code>{path}</code>
    </>
  );
}

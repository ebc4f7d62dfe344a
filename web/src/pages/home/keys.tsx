import { api, ask } from '../../api/client.ts';
import type { Schema } from '../../api/schema.ts';
import { useLoaded } from '../../api/use-loaded.ts';
import { Loading } from '../../parts/loading.tsx';
import { Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { words } from '../../words/en.ts';

/** The access keys that the person's programs use. Their secrets were shown once and cannot be shown again. */
export function Keys({ person }: { person: Schema['MeDto'] }) {
  const user = person.user_name;
  const keys = useLoaded(async () => {
    const { items } = await ask(api.GET('/users/{user}/access-keys', { params: { path: { user } } }));
    return items;
  }, [user]);
  return (
    <section>
      <h2>{words.home.keys}</h2>
      <Loading from={keys}>
        {(items) => (
          <Table
            caption={words.home.keys}
            rows={items}
            keyOf={({ access_key }) => access_key}
            empty={words.home.noKeys}
            columns={[
              { title: words.home.keyName, cell: ({ name }) => name },
              { title: words.home.key, cell: ({ access_key }) => <code>{access_key}</code> },
              { title: words.home.keyEnds, cell: ({ expiration }) => <Time at={expiration} /> },
            ]}
          />
        )}
      </Loading>
    </section>
  );
}

import { api, ask } from '../../api/client.ts';
import type { Schema } from '../../api/schema.ts';
import { all } from '../../api/pages.ts';
import { useLoaded } from '../../api/use-loaded.ts';
import { Loading } from '../../parts/loading.tsx';
import { Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { words } from '../../words/en.ts';
import { endsSoon } from './soon.ts';

/** Shares, given and received, that end soon. */
export function Ending({ person }: { person: Schema['MeDto'] }) {
  const user = person.user_name;
  const shares = useLoaded(async () => {
    const [given, received] = await Promise.all([listAll(user, 'given'), listAll(user, 'received')]);
    return endsSoon([...given, ...received], Date.now());
  }, [user]);
  return (
    <section>
      <h2>{words.home.ending}</h2>
      <Loading from={shares}>
        {(items) => (
          <Table
            caption={words.home.ending}
            rows={items}
            keyOf={({ path, grantee, granted_by }) => `${granted_by} ${path} ${grantee.kind} ${grantee.name}`}
            empty={words.home.noEnding}
            columns={[
              { title: words.home.share, cell: ({ path }) => <code>{path}</code> },
              { title: words.home.whose, cell: (share) => whose(share, user) },
              { title: words.home.keyEnds, cell: ({ expires_at }) => <Time at={expires_at} /> },
            ]}
          />
        )}
      </Loading>
    </section>
  );
}

function whose({ granted_by, grantee }: Schema['ShareDto'], user: string): string {
  return granted_by === user ? words.home.toOthers(grantee.name) : words.home.fromOthers(granted_by);
}

function listAll(user: string, direction: 'given' | 'received') {
  return all((cursor) =>
    ask(
      api.GET('/users/{user}/shares', {
        params: { path: { user }, query: { direction, limit: 100, cursor } },
      }),
    ),
  );
}

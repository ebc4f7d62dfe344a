import { useLocation } from 'preact-iso';
import { useState } from 'preact/hooks';
import { api, ask } from '../../api/client.ts';
import type { Schema } from '../../api/schema.ts';
import { usePaged } from '../../api/use-paged.ts';
import { EventsLink, GranteeName, pathAddress } from '../../parts/names/links.tsx';
import { Time } from '../../parts/time.tsx';
import { VirtualList } from '../../parts/virtual/virtual-list.tsx';
import { words } from '../../words/en.ts';
import { ChangeStatus } from './change-status.tsx';
import { Filters, filterOf } from './filters.tsx';
import { State } from './state.tsx';

type User = Schema['AdminUserDto'];

/** How many are asked for at first, which are soon there, and then at once: whoever goes to the end waits for all of them. */
const [FIRST, PAGE] = [100, 500];

/** All users; the service finds and sorts them, and only those are drawn that are seen, so that there may be very many. */
export default function Users() {
  const filter = filterOf(useLocation().query);
  const { q, status, sort } = filter;
  const [changed, setChanged] = useState<User | undefined>();
  const users = usePaged(
    (cursor) => {
      const limit = cursor === undefined ? FIRST : PAGE;
      return ask(api.GET('/admin/users', { params: { query: { ...filter, cursor, limit } } }));
    },
    [q, status, sort],
  );
  const close = (): void => {
    setChanged(undefined);
    users.reload();
  };
  return (
    <>
      <h1>{words.pages.users}</h1>
      <Filters filter={filter} />
      <section>
        <VirtualList
          from={users}
          caption={words.pages.users}
          empty={words.users.none}
          columns={[
            { title: words.users.name, track: 'minmax(0, 4fr)', cell: Name },
            { title: words.shares.state, track: 'minmax(0, 2fr)', cell: State },
            {
              title: words.users.groups,
              track: 'minmax(0, 2fr)',
              cell: ({ groups }) => groups.map(({ group_name }) => group_name).join(', '),
            },
            {
              title: words.users.lastSeen,
              track: 'minmax(0, 3fr)',
              cell: ({ last_seen_at }) => <Time at={last_seen_at} />,
            },
            {
              title: words.shares.act,
              track: 'minmax(5rem, 1fr)',
              cell: (user) =>
                user.status !== 'removing' && (
                  <button type="button" class="plain" onClick={() => setChanged(user)}>
                    {words.users.change[user.status]}
                  </button>
                ),
            },
          ]}
        />
      </section>
      {changed && <ChangeStatus user={changed} onClose={close} />}
    </>
  );
}

function Name({ user_name: name, home_path }: User) {
  return (
    <>
      <GranteeName kind="user" name={name} isLink /> <EventsLink subject={name} />
      <div class="hint cut" title={home_path}>
        <a href={pathAddress(home_path)}>{home_path}</a>
      </div>
    </>
  );
}

import { useLocation } from 'preact-iso';
import { useState } from 'preact/hooks';
import { api, ask } from '../../api/client.ts';
import type { Schema } from '../../api/schema.ts';
import { usePaged } from '../../api/use-paged.ts';
import { List } from '../../parts/list.tsx';
import { Time } from '../../parts/time.tsx';
import { words } from '../../words/en.ts';
import { ChangeStatus } from './change-status.tsx';

type User = Schema['AdminUserDto'];
type Status = User['status'] | 'suspended';

const TAGS = { active: 'tag good', disabled: 'tag warn', removing: 'tag bad' };
const STATUSES: readonly Status[] = ['active', 'disabled', 'suspended', 'removing'];

/** All users; the service filters them, so that there may be very many. */
export default function Users() {
  const { query } = useLocation();
  const q = query['q'];
  const status = STATUSES.find((each) => each === query['status']);
  const [changed, setChanged] = useState<User | undefined>();
  const users = usePaged(
    (cursor) => ask(api.GET('/admin/users', { params: { query: { q, status, cursor, limit: 50 } } })),
    [q, status],
  );
  const close = (): void => {
    setChanged(undefined);
    users.reload();
  };
  return (
    <>
      <h1>{words.pages.users}</h1>
      <Filters q={q} status={status} />
      <section>
        <List
          from={users}
          caption={words.pages.users}
          keyOf={({ user_name }) => user_name}
          empty={words.users.none}
          columns={[
            { title: words.users.name, cell: Name },
            { title: words.shares.state, cell: State },
            {
              title: words.users.groups,
              cell: ({ groups }) => groups.map(({ group_name }) => group_name).join(', '),
            },
            { title: words.users.lastSeen, cell: ({ last_seen_at }) => <Time at={last_seen_at} /> },
            {
              title: words.shares.act,
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

function Filters({ q, status }: { q: string | undefined; status: Status | undefined }) {
  const { route } = useLocation();
  const [text, setText] = useState(q ?? '');
  const [wanted, setWanted] = useState<string>(status ?? '');
  const submit = (event: Event): void => {
    event.preventDefault();
    const given = Object.entries({ q: text.trim(), status: wanted }).filter(([, value]) => value !== '');
    route(`/ui/admin/users?${new URLSearchParams(given).toString()}`);
  };
  return (
    <form class="card filters" onSubmit={submit}>
      <label>
        {words.users.name}
        <input value={text} onInput={(event) => setText(event.currentTarget.value)} />
      </label>
      <label>
        {words.shares.state}
        <select value={wanted} onChange={(event) => setWanted(event.currentTarget.value)}>
          <option value="">{words.users.any}</option>
          {STATUSES.map((each) => (
            <option key={each} value={each}>
              {words.users.states[each]}
            </option>
          ))}
        </select>
      </label>
      <button type="submit">{words.audit.filter}</button>
    </form>
  );
}

function Name({ user_name: name, home_path }: User) {
  return (
    <>
      {name} <a href={`/ui/admin/audit?subject=${encodeURIComponent(name)}`}>{words.users.events}</a>
      <div class="hint">
        <a href={`/ui/who?path=${encodeURIComponent(home_path)}&below=true`}>{home_path}</a>
      </div>
    </>
  );
}

function State({ status, enforced, suspended }: User) {
  return (
    <>
      <span class={TAGS[status]}>{words.users.states[status]}</span>{' '}
      {suspended !== null && <span class="tag warn">{words.users.states.suspended}</span>}{' '}
      {!enforced && <span class="tag warn">{words.users.notEnforced}</span>}
    </>
  );
}

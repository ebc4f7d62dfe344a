import { useLocation } from 'preact-iso';
import { useEffect, useState } from 'preact/hooks';
import { api, ask } from '../../api/client.ts';
import type { Schema } from '../../api/schema.ts';
import { usePaged } from '../../api/use-paged.ts';
import { List } from '../../parts/list.tsx';
import { EventsLink, GranteeName } from '../../parts/names/links.tsx';
import { Time } from '../../parts/time.tsx';
import { formatNumber } from '../../words/format.ts';
import { words } from '../../words/en.ts';
import { NewGroup } from './new-group.tsx';

type Group = Schema['AdminGroupDto'];

const SORTS = ['name', '-members', 'members', '-created', 'created'] as const;
type Sort = (typeof SORTS)[number];

/** All groups; the service finds and sorts them, so that there may be very many. */
export default function Groups() {
  const { query } = useLocation();
  const q = query['q'];
  const sort = SORTS.find((each) => each === query['sort']) ?? 'name';
  const [isMaking, setMaking] = useState(false);
  const groups = usePaged(
    (cursor) => ask(api.GET('/admin/groups', { params: { query: { q, sort, cursor } } })),
    [q, sort],
  );
  const close = (): void => {
    setMaking(false);
    groups.reload();
  };
  const { allGroups } = words;
  return (
    <>
      <h1>{words.pages.allGroups}</h1>
      <p class="row">
        <button type="button" onClick={() => setMaking(true)}>
          {allGroups.make}
        </button>
      </p>
      <Filters q={q ?? ''} sort={sort} />
      <section>
        <List
          from={groups}
          caption={words.pages.allGroups}
          keyOf={({ group_name }) => group_name}
          empty={q === undefined ? allGroups.noneYet : allGroups.none}
          columns={[
            { title: words.groups.group, cell: Name },
            { title: words.groups.members, cell: ({ member_count: count }) => formatNumber(count) },
            { title: words.shares.state, cell: State },
            { title: allGroups.created, cell: ({ created_at }) => <Time at={created_at} /> },
          ]}
        />
      </section>
      {isMaking && <NewGroup onClose={close} />}
    </>
  );
}

function Filters({ q, sort }: { q: string; sort: Sort }) {
  const { route } = useLocation();
  const [text, setText] = useState(q);
  useEffect(() => setText(q), [q]);
  const go = (changed: { q: string; sort: string }): void => {
    const given = Object.entries(changed).filter(([, value]) => value !== '' && value !== 'name');
    route(`/ui/admin/groups?${new URLSearchParams(given).toString()}`);
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    go({ q: text.trim(), sort });
  };
  return (
    <form class="card filters" onSubmit={submit}>
      <label>
        {words.allGroups.name}
        <input value={text} onInput={(event) => setText(event.currentTarget.value)} />
      </label>
      <label>
        {words.allGroups.sort}
        <select value={sort} onChange={(event) => go({ q: text.trim(), sort: event.currentTarget.value })}>
          {SORTS.map((each) => (
            <option key={each} value={each}>
              {words.allGroups.sorts[each]}
            </option>
          ))}
        </select>
      </label>
      <button type="submit">{words.audit.filter}</button>
    </form>
  );
}

function Name({ group_name: name, display_name: display, description }: Group) {
  return (
    <>
      <GranteeName kind="group" name={name} isLink /> <EventsLink subject={name} />
      {(display ?? description) && (
        <div class="hint">{[display, description].filter((each) => each !== null).join(': ')}</div>
      )}
    </>
  );
}

function State({ joinable, enforced }: Group) {
  return (
    <>
      {joinable && <span class="tag">{words.allGroups.isJoinable}</span>}{' '}
      {!enforced && <span class="tag warn">{words.users.notEnforced}</span>}
    </>
  );
}

import { useRoute } from 'preact-iso';
import { useState } from 'preact/hooks';
import { api, ask } from '../../api/client.ts';
import type { Schema } from '../../api/schema.ts';
import { usePaged } from '../../api/use-paged.ts';
import { me } from '../../app/session.ts';
import { List } from '../../parts/list.tsx';
import { formatNumber } from '../../words/format.ts';
import { words } from '../../words/en.ts';
import { Join } from './join.tsx';

type Group = Schema['ListedGroupDto'];

/** The person's groups, or those that anybody may ask to join. */
export default function Groups() {
  const joinable = useRoute().path.endsWith('/joinable');
  const [wanted, setWanted] = useState<Group | undefined>();
  const groups = usePaged(
    (cursor) => ask(api.GET('/groups', { params: { query: { joinable, cursor } } })),
    [joinable, me.value?.user_name],
  );
  const close = (): void => {
    setWanted(undefined);
    groups.reload();
  };
  return (
    <>
      <h1>{words.pages.groups}</h1>
      <p class="row">
        <a href="/ui/groups" aria-current={joinable ? undefined : 'page'}>
          {words.groups.mine}
        </a>
        <a href="/ui/groups/joinable" aria-current={joinable ? 'page' : undefined}>
          {words.groups.joinable}
        </a>
      </p>
      <section>
        <List
          from={groups}
          caption={joinable ? words.groups.joinable : words.groups.mine}
          keyOf={({ group_name }) => group_name}
          empty={joinable ? words.groups.noneJoinable : words.groups.noneMine}
          columns={[
            { title: words.groups.group, cell: Name },
            { title: words.groups.myRole, cell: (group) => <Role group={group} join={setWanted} /> },
            { title: words.groups.owners, cell: ({ owners }) => owners.join(', ') || words.none },
            { title: words.groups.members, cell: ({ member_count: count }) => formatNumber(count) },
          ]}
        />
      </section>
      {wanted && <Join group={wanted.group_name} onClose={close} />}
    </>
  );
}

function Name({ group_name: name, display_name: display, description, role }: Group) {
  const title = display ?? name;
  return (
    <>
      {role === null ? title : <a href={`/ui/groups/of/${encodeURIComponent(name)}`}>{title}</a>}
      {display !== null && <span class="faint"> ({name})</span>}
      {description && <div class="hint">{description}</div>}
    </>
  );
}

function Role({ group, join }: { group: Group; join: (group: Group) => void }) {
  if (group.role) return <>{words.roles[group.role]}</>;
  if (group.request) return <span class="tag warn">{words.groups.asked}</span>;
  return (
    <button type="button" class="plain" onClick={() => join(group)}>
      {words.groups.join}
    </button>
  );
}

import { useLocation, useRoute } from 'preact-iso';
import { useState } from 'preact/hooks';
import { api, ask } from '../../api/client.ts';
import type { Schema } from '../../api/schema.ts';
import { useLoaded } from '../../api/use-loaded.ts';
import { me } from '../../app/session.ts';
import { EndAccess } from '../../parts/access/end-access.tsx';
import { type Ending, endingOf } from '../../parts/access/endings.ts';
import { Loading } from '../../parts/loading.tsx';
import { EventsLink, GranteeName } from '../../parts/names/links.tsx';
import { Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { words } from '../../words/en.ts';
import { ChangeMember, type MemberChange } from './change-member.tsx';
import { RemoveGroup } from './remove-group.tsx';

/** One group: its members and what it reaches. Its owners change the members here. */
export default function Group() {
  const name = decodeURIComponent(useRoute().params['group'] ?? '');
  const group = useLoaded(
    () => ask(api.GET('/groups/{group}', { params: { path: { group: name } } })),
    [name],
  );
  const [change, setChange] = useState<MemberChange | undefined>();
  const close = (): void => {
    setChange(undefined);
    group.reload();
  };
  return (
    <>
      <h1>{name}</h1>
      <Loading from={group}>
        {(found) => (
          <>
            {found.description && <p>{found.description}</p>}
            {me.value?.admin && <Administration group={name} />}
            <Members group={found} onChange={setChange} />
            <Grants group={found} reload={group.reload} />
          </>
        )}
      </Loading>
      {change && <ChangeMember group={name} change={change} onClose={close} />}
    </>
  );
}

interface MembersProps {
  group: Schema['GroupDto'];
  onChange: (change: MemberChange) => void;
}

function Members({ group: { members }, onChange }: MembersProps) {
  const isMine = members.some(({ user_name, role }) => user_name === me.value?.user_name && role === 'owner');
  const mayChange = isMine || me.value?.admin === true;
  const { groups } = words;
  return (
    <section>
      <h2>{groups.members}</h2>
      {mayChange && (
        <p>
          <button type="button" onClick={() => onChange({ kind: 'add' })}>
            {groups.add}
          </button>
        </p>
      )}
      <Table
        caption={groups.members}
        rows={members}
        keyOf={({ user_name }) => user_name}
        empty={groups.noMembers}
        columns={[
          {
            title: words.who.who,
            cell: ({ user_name: user }) => (
              <GranteeName kind="user" name={user} isLink={me.value?.admin === true} />
            ),
          },
          { title: groups.role, cell: ({ role }) => words.roles[role] },
          { title: words.home.since, cell: ({ since }) => (since ? <Time at={since} /> : '') },
          {
            title: words.shares.act,
            cell: ({ user_name, role }) =>
              mayChange && (
                <>
                  <button
                    type="button"
                    class="plain"
                    onClick={() => onChange({ kind: 'role', user: user_name, role })}
                  >
                    {groups.changeRole}
                  </button>
                  <button
                    type="button"
                    class="plain"
                    onClick={() => onChange({ kind: 'remove', user: user_name })}
                  >
                    {groups.remove}
                  </button>
                </>
              ),
          },
        ]}
      />
    </section>
  );
}

/** What administrators do with a group besides its owners. */
function Administration({ group }: { group: string }) {
  const [isRemoving, setRemoving] = useState(false);
  const { route } = useLocation();
  const close = (isRemoved: boolean): void => {
    setRemoving(false);
    if (isRemoved) route('/ui/admin/groups');
  };
  return (
    <p class="row">
      <EventsLink subject={group} />
      <button type="button" class="quiet" onClick={() => setRemoving(true)}>
        {words.allGroups.remove}
      </button>
      {isRemoving && <RemoveGroup group={group} onClose={close} />}
    </p>
  );
}

interface GrantsProps {
  group: Schema['GroupDto'];
  reload: () => void;
}

function Grants({ group: { group_name: group, grants }, reload }: GrantsProps) {
  const [ending, setEnding] = useState<Ending | undefined>();
  const viewer = me.value;
  const close = (): void => {
    setEnding(undefined);
    reload();
  };
  return (
    <section>
      <h2>{words.groups.reaches}</h2>
      <Table
        caption={words.groups.reaches}
        rows={grants}
        keyOf={({ path, granted_by, origin }) => `${path} ${granted_by} ${origin}`}
        empty={words.groups.reachesNothing}
        columns={[
          { title: words.shares.path, cell: ({ path }) => <code>{path}</code> },
          { title: words.shares.may, cell: ({ permission }) => words.levels[permission] },
          { title: words.shares.by, cell: Giver },
          { title: words.shares.until, cell: ({ expires_at }) => <Time at={expires_at} /> },
          {
            title: words.shares.act,
            cell: (grant) => {
              const { permission } = grant;
              const because = { via: `group ${group}`, permission, grant };
              const end = viewer && endingOf(because, viewer);
              if (!end) return null;
              return (
                <button type="button" class="plain" onClick={() => setEnding(end)}>
                  {words.shares.end}
                </button>
              );
            },
          },
        ]}
      />
      {ending && <EndAccess ending={ending} onClose={close} />}
    </section>
  );
}

function Giver({ granted_by: by, origin }: Schema['GroupGrantDto']) {
  return (
    <>
      {by}
      {origin !== 'share' && <div class="hint">{words.allGroups.origins[origin]}</div>}
    </>
  );
}

import { useRoute } from 'preact-iso';
import { useState } from 'preact/hooks';
import { api, ask } from '../../api/client.ts';
import type { Schema } from '../../api/schema.ts';
import { useLoaded } from '../../api/use-loaded.ts';
import { me } from '../../app/session.ts';
import { UserAnswer } from '../../parts/access/user-answer.tsx';
import { Loading } from '../../parts/loading.tsx';
import { EventsLink, GranteeName, pathAddress } from '../../parts/names/links.tsx';
import { Time } from '../../parts/time.tsx';
import { words } from '../../words/en.ts';
import { ChangeStatus } from './change-status.tsx';
import { State } from './state.tsx';

type Found = Schema['UserDto'];

/** One user: who they are here, and what they reach. */
export default function User() {
  const name = decodeURIComponent(useRoute().params['user'] ?? '');
  const user = useLoaded(() => ask(api.GET('/users/{user}', { params: { path: { user: name } } })), [name]);
  const [isChanging, setChanging] = useState(false);
  const close = (): void => {
    setChanging(false);
    user.reload();
  };
  return (
    <>
      <h1>{name}</h1>
      <Loading from={user}>
        {(found) => (
          <>
            <section>
              <p class="row">
                <State {...found} />
                <EventsLink subject={name} />
                {found.status !== 'removing' && (
                  <button type="button" class="quiet" onClick={() => setChanging(true)}>
                    {words.oneUser.change[found.status]}
                  </button>
                )}
              </p>
              <Facts user={found} />
            </section>
            {isChanging && <ChangeStatus user={found} onClose={close} />}
          </>
        )}
      </Loading>
      {me.value && <UserAnswer key={user.value?.status} user={name} viewer={me.value} />}
    </>
  );
}

function Facts({ user }: { user: Found }) {
  const { oneUser } = words;
  return (
    <dl>
      <dt>{oneUser.home}</dt>
      <dd>
        {user.home_paths.map((path) => (
          <div key={path}>
            <code>{path}</code> <a href={pathAddress(path)}>{oneUser.whoReaches}</a>
          </div>
        ))}
      </dd>
      <dt>{oneUser.accessKey}</dt>
      <dd>
        <code>{user.access_key}</code>
      </dd>
      <dt>{oneUser.created}</dt>
      <dd>
        <Time at={user.created_at} />
      </dd>
      <dt>{oneUser.rotated}</dt>
      <dd>
        <Time at={user.rotated_at} />
      </dd>
      {user.credentials_end_at !== null && (
        <>
          <dt>{oneUser.endsAt}</dt>
          <dd>
            <Time at={user.credentials_end_at} />
          </dd>
        </>
      )}
      <dt>{words.users.groups}</dt>
      <dd>
        {user.groups.length === 0 && <span class="faint">{oneUser.noGroups}</span>}
        {user.groups.map(({ group_name, role }) => (
          <div key={group_name}>
            <GranteeName kind="group" name={group_name} isLink />{' '}
            <span class="faint">({words.roles[role]})</span>
          </div>
        ))}
      </dd>
      {user.foreign_policies.length > 0 && (
        <>
          <dt>{oneUser.foreign}</dt>
          <dd>
            {user.foreign_policies.map(({ policy_name, via }) => (
              <div key={`${policy_name} ${via}`}>
                <code>{policy_name}</code>{' '}
                {via !== 'user' && <span class="hint">{oneUser.foreignVia(via)}</span>}
              </div>
            ))}
          </dd>
        </>
      )}
    </dl>
  );
}

import { useLocation } from 'preact-iso';
import { useEffect, useState } from 'preact/hooks';
import { NameField } from '../../parts/names/name-field.tsx';
import { EventsLink, userAddress } from '../../parts/names/links.tsx';
import { words } from '../../words/en.ts';

/** Asks what a user reaches. */
export function UserQuestion({ user }: { user: string }) {
  const { route } = useLocation();
  const [name, setName] = useState(user);
  useEffect(() => setName(user), [user]);
  const submit = (event: Event): void => {
    event.preventDefault();
    route(`/ui/admin/access/user?user=${encodeURIComponent(name.trim())}`);
  };
  return (
    <form class="card filters" onSubmit={submit}>
      <NameField label={words.explorer.user} value={name} onChange={setName} kind="user" required />
      <button type="submit">{words.explorer.ask}</button>
      {user !== '' && (
        <span class="row">
          <a href={userAddress(user)}>{user}</a> <EventsLink subject={user} />
        </span>
      )}
    </form>
  );
}

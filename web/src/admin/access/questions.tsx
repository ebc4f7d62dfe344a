import { useLocation } from 'preact-iso';
import { useEffect, useState } from 'preact/hooks';
import { NameField } from '../../parts/names/name-field.tsx';
import { EventsLink, userAddress } from '../../parts/names/links.tsx';
import { words } from '../../words/en.ts';

/** Asks who reaches a path. */
export function PathQuestion({ path, below }: { path: string; below: boolean }) {
  const { route } = useLocation();
  const [text, setText] = useState(path);
  const [isBelow, setBelow] = useState(below);
  useEffect(() => {
    setText(path);
    setBelow(below);
  }, [path, below]);
  const submit = (event: Event): void => {
    event.preventDefault();
    const query = new URLSearchParams({ path: text.trim(), ...(isBelow ? { below: 'true' } : {}) });
    route(`/ui/admin/access?${query.toString()}`);
  };
  return (
    <form class="card stack" onSubmit={submit}>
      <label>
        {words.who.path}
        <input required value={text} onInput={(event) => setText(event.currentTarget.value)} />
      </label>
      <p class="hint">{words.explorer.pathHint}</p>
      <label>
        <input
          type="checkbox"
          checked={isBelow}
          onChange={(event) => setBelow(event.currentTarget.checked)}
        />{' '}
        {words.who.below}
      </label>
      <p>
        <button type="submit">{words.who.ask}</button>
      </p>
    </form>
  );
}

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

import { useLocation } from 'preact-iso';
import { useState } from 'preact/hooks';
import { me } from '../../app/session.ts';
import { PathAnswer } from '../../parts/access/path-answer.tsx';
import { words } from '../../words/en.ts';

/** Who reaches a path, and why. The path is in the address, so that it can be sent to somebody. */
export default function Who() {
  const { query } = useLocation();
  const { path, below } = query;
  return (
    <>
      <h1>{words.pages.who}</h1>
      <Question path={path ?? me.value?.home_paths[0] ?? ''} below={below === 'true'} />
      {path && me.value && <PathAnswer path={path} below={below === 'true'} viewer={me.value} />}
    </>
  );
}

function Question({ path, below }: { path: string; below: boolean }) {
  const { route } = useLocation();
  const [text, setText] = useState(path);
  const [isBelow, setBelow] = useState(below);
  const submit = (event: Event): void => {
    event.preventDefault();
    const query = new URLSearchParams({ path: text.trim(), ...(isBelow ? { below: 'true' } : {}) });
    route(`/ui/who?${query.toString()}`);
  };
  return (
    <form class="card stack" onSubmit={submit}>
      <label>
        {words.who.path}
        <input required value={text} onInput={(event) => setText(event.currentTarget.value)} />
      </label>
      <p class="hint">{words.who.pathHint}</p>
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

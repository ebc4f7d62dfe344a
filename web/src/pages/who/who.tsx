import { useLocation } from 'preact-iso';
import { useState } from 'preact/hooks';
import { api, ask } from '../../api/client.ts';
import { usePaged } from '../../api/use-paged.ts';
import { me } from '../../app/session.ts';
import { EndShare } from '../../parts/shares/end-share.tsx';
import { words } from '../../words/en.ts';
import { Picture } from './picture.tsx';
import { type EndableShare, Reachers } from './reachers.tsx';

/** Who reaches a path, and why. The path is in the address, so that it can be sent to somebody. */
export default function Who() {
  const { query } = useLocation();
  const { path, below } = query;
  return (
    <>
      <h1>{words.pages.who}</h1>
      <Question path={path ?? me.value?.home_paths[0] ?? ''} below={below === 'true'} />
      {path && <Answer path={path} below={below === 'true'} />}
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

function Answer({ path, below }: { path: string; below: boolean }) {
  const [ending, setEnding] = useState<EndableShare | undefined>();
  const reachers = usePaged(
    async (cursor) => {
      const query = { path, below, cursor, expand: 'group' as const };
      const { principals, next_cursor } = await ask(api.GET('/access', { params: { query } }));
      return { items: principals, next_cursor };
    },
    [path, below],
  );
  const close = (): void => {
    setEnding(undefined);
    reachers.reload();
  };
  return (
    <section>
      <h2>
        <code>{path}</code>
      </h2>
      {reachers.items && reachers.items.length > 0 && <Picture path={path} reachers={reachers.items} />}
      <Reachers from={reachers} onEnd={setEnding} />
      {ending && <EndShare user={ending.user} share={ending} onClose={close} />}
    </section>
  );
}

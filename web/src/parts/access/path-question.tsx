import { useLocation } from 'preact-iso';
import { useEffect, useState } from 'preact/hooks';
import { words } from '../../words/en.ts';

interface Props {
  /** The page that answers. */
  address: string;
  path: string;
  below: boolean;
  hint: string;
}

/** Asks who reaches a path. The question is in the address, so that it can be sent to somebody. */
export function PathQuestion({ address, path, below, hint }: Props) {
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
    route(`${address}?${query.toString()}`);
  };
  return (
    <form class="card stack" onSubmit={submit}>
      <label>
        {words.who.path}
        <input required value={text} onInput={(event) => setText(event.currentTarget.value)} />
      </label>
      <p class="hint">{hint}</p>
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

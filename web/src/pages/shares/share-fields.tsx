import { useId } from 'preact/hooks';
import { Choice } from '../../parts/choice.tsx';
import { NameField } from '../../parts/names/name-field.tsx';
import { words } from '../../words/en.ts';
import { useFolders } from './use-folders.ts';
import type { ShareForm } from './share-form.ts';

interface Props {
  user: string;
  form: ShareForm;
  onChange: (form: ShareForm) => void;
}

/** The fields of a new share. */
export function ShareFields({ user, form, onChange }: Props) {
  const { shares } = words;
  const text = (name: 'until' | 'reason') => ({
    value: form[name],
    onInput: (event: { currentTarget: HTMLInputElement }) =>
      onChange({ ...form, [name]: event.currentTarget.value }),
  });
  return (
    <>
      <PathField user={user} path={form.path} onChange={(path) => onChange({ ...form, path })} />
      {(['users', 'groups'] as const).map((name) => (
        <NameField
          key={name}
          label={shares[name]}
          value={form[name]}
          onChange={(names) => onChange({ ...form, [name]: names })}
          kind={name === 'users' ? 'user' : 'group'}
          isMany
        />
      ))}
      <p class="hint">{shares.namesHint}</p>
      <Choice
        legend={shares.may}
        values={['read', 'write']}
        texts={words.levels}
        value={form.permission}
        onChange={(permission) => onChange({ ...form, permission })}
      />
      <label>
        {shares.untilDay}
        <input type="date" {...text('until')} />
      </label>
      <label>
        {shares.reason}
        <input {...text('reason')} />
      </label>
      <label>
        <input
          type="checkbox"
          checked={form.awaitLogin}
          onChange={(event) => onChange({ ...form, awaitLogin: event.currentTarget.checked })}
        />{' '}
        {shares.awaitLogin}
      </label>
    </>
  );
}

interface PathProps {
  user: string;
  path: string;
  onChange: (path: string) => void;
}

/** A path, with the person's own folders on offer. */
function PathField({ user, path, onChange }: PathProps) {
  const folders = useFolders(user, path);
  const list = useId();
  return (
    <>
      <label>
        {words.shares.path}
        <input required list={list} value={path} onInput={(event) => onChange(event.currentTarget.value)} />
      </label>
      <datalist id={list}>
        {folders.map((each) => (
          <option key={each} value={each} />
        ))}
      </datalist>
      <p class="hint">{words.shares.pathHint}</p>
    </>
  );
}

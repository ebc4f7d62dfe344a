import { words } from '../../words/en.ts';
import type { ShareForm } from './share-form.ts';

interface Props {
  form: ShareForm;
  onChange: (form: ShareForm) => void;
}

/** The fields of a new share. */
export function ShareFields({ form, onChange }: Props) {
  const { shares } = words;
  const text = (name: 'path' | 'users' | 'groups' | 'until' | 'reason') => ({
    value: form[name],
    onInput: (event: { currentTarget: HTMLInputElement }) =>
      onChange({ ...form, [name]: event.currentTarget.value }),
  });
  return (
    <>
      <label>
        {shares.path}
        <input required {...text('path')} />
      </label>
      <label>
        {shares.users}
        <input {...text('users')} />
      </label>
      <label>
        {shares.groups}
        <input {...text('groups')} />
      </label>
      <p class="hint">{shares.namesHint}</p>
      <fieldset>
        <legend>{shares.may}</legend>
        {(['read', 'write'] as const).map((level) => (
          <label key={level}>
            <input
              type="radio"
              name="permission"
              checked={form.permission === level}
              onChange={() => onChange({ ...form, permission: level })}
            />{' '}
            {words.levels[level]}
          </label>
        ))}
      </fieldset>
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

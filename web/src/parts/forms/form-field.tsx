import { type ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { Coded } from '../coded.tsx';
import { words } from '../../words/en.ts';
import type { Field } from './fields.ts';
import { shapeOf } from './pattern.ts';
import { patternSentence } from './pattern-words.ts';
import { textAt } from './schema.ts';
import type { Drafts, Wrongs } from './values.ts';

export interface FieldProps {
  field: Field;
  drafts: Drafts;
  wrongs: Wrongs;
  /** For defaults that name the team or the requester. */
  asker: { team: string; requester: string; app: string };
  onChange: (path: string, draft: Drafts[string]) => void;
}

/** One parameter with its description, its rules in words, and what is wrong with it. */
export function FormField(props: FieldProps) {
  const { field, wrongs } = props;
  const id = useId();
  if (field.kind === 'group')
    return (
      <fieldset class="card">
        <legend>{field.name}</legend>
        {field.description && <p class="hint">{field.description}</p>}
        {field.fields.map((each) => (
          <FormField key={each.path} {...props} field={each} />
        ))}
      </fieldset>
    );
  const wrong = wrongs.get(field.path);
  const hints = hintsOf(props);
  const about = [hints.length > 0 ? `${id}-hint` : '', wrong === undefined ? '' : `${id}-wrong`]
    .join(' ')
    .trim();
  const described = {
    ...(about === '' ? {} : { 'aria-describedby': about }),
    'aria-invalid': wrong !== undefined,
  };
  return (
    <div class="field">
      {field.kind === 'many' ? (
        <Many {...props} />
      ) : (
        <>
          {field.kind !== 'boolean' && (
            <label for={id}>
              <Name field={field} />
            </label>
          )}
          <Input {...props} id={id} described={described} />
        </>
      )}
      {hints.length > 0 && (
        <p class="hint" id={`${id}-hint`}>
          {hints}
        </p>
      )}
      {wrong !== undefined && (
        <p class="wrong" id={`${id}-wrong`}>
          <Coded text={wrong} />
        </p>
      )}
    </div>
  );
}

function Name({ field }: { field: Field }) {
  return (
    <>
      <code>{field.name}</code>
      {!field.isRequired && field.kind !== 'boolean' && <span class="faint"> {words.forms.optional}</span>}
    </>
  );
}

/** What the field is for, and which values it takes, as far as that can be said in words. */
function hintsOf({ field, asker }: FieldProps): ComponentChildren[] {
  const { forms } = words;
  const pattern = textAt(field.rules['pattern']);
  const shape = pattern === undefined ? undefined : shapeOf(pattern);
  const fallback = fallbackOf(field, asker);
  return [
    field.description && ended(field.description),
    field.kind === 'lines' && forms.oneEach,
    field.kind === 'json' && forms.asJson,
    pattern !== undefined && shape && <Coded text={patternSentence(pattern)} />,
    field.fallbackFrom !== undefined && (
      <>
        {forms.empty} <code>{fallback}</code>.
      </>
    ),
  ]
    .filter((hint) => hint !== undefined && hint !== false && hint !== '')
    .map((hint, index) => <span key={index}>{hint} </span>);
}

const ended = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);

/** What counts if the field is left empty, as far as it can be told. */
function fallbackOf(
  { fallback, fallbackFrom }: Field,
  { team, requester, app }: FieldProps['asker'],
): string {
  if (fallbackFrom === undefined) return typeof fallback === 'object' ? '' : String(fallback ?? '');
  return fallbackFrom
    .replaceAll('${team}', team || '…')
    .replaceAll('${requester}', requester)
    .replaceAll('${app.name}', app || '…');
}

type InputProps = FieldProps & { id: string; described: Record<string, string | boolean> };

function Input({ field, drafts, onChange, asker, id, described }: InputProps) {
  const draft = drafts[field.path];
  const text = typeof draft === 'string' ? draft : '';
  const shared = { id, ...described, name: field.path, 'aria-required': field.isRequired };
  const set = (event: { currentTarget: { value: string } }): void =>
    onChange(field.path, event.currentTarget.value);
  if (field.kind === 'boolean')
    return (
      <label for={id}>
        <input
          type="checkbox"
          {...shared}
          aria-required={undefined}
          checked={draft === true}
          onChange={(event) => onChange(field.path, event.currentTarget.checked)}
        />{' '}
        <Name field={field} />
      </label>
    );
  if (field.kind === 'choice')
    return (
      <select {...shared} value={text} onChange={set}>
        <option value="">{field.isRequired ? words.forms.choose : words.forms.notGiven}</option>
        {[...field.choices].map(([each, value]) => (
          <option key={each} value={each}>
            {typeof value === 'boolean' ? words.forms.yesNo[value ? 'yes' : 'no'] : each}
          </option>
        ))}
      </select>
    );
  if (field.kind === 'lines' || field.kind === 'json')
    return (
      <textarea
        {...shared}
        rows={field.kind === 'json' ? 5 : 3}
        spellcheck={false}
        value={text}
        onInput={set}
      />
    );
  if (field.rules['format'] === 'date') return <input type="date" {...shared} value={text} onInput={set} />;
  return (
    <input
      type="text"
      {...shared}
      inputMode={field.kind === 'number' ? 'decimal' : 'text'}
      autocomplete="off"
      spellcheck={false}
      placeholder={fallbackOf(field, asker)}
      value={text}
      onInput={set}
    />
  );
}

/** Any number of a few values. */
function Many({ field, drafts, onChange }: FieldProps) {
  const draft = drafts[field.path];
  const chosen = Array.isArray(draft) ? (draft as readonly string[]) : [];
  return (
    <fieldset>
      <legend>
        <Name field={field} />
      </legend>
      {[...field.choices.keys()].map((each) => (
        <label key={each}>
          <input
            type="checkbox"
            checked={chosen.includes(each)}
            onChange={(event) =>
              onChange(
                field.path,
                event.currentTarget.checked ? [...chosen, each] : chosen.filter((other) => other !== each),
              )
            }
          />{' '}
          {each}
        </label>
      ))}
    </fieldset>
  );
}

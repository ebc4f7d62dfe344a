import { useId, useState } from 'preact/hooks';
import type { Schema } from '../../api/schema.ts';
import { words } from '../../words/en.ts';
import { lastName, withName } from './last-name.ts';
import { useGrantees } from './use-grantees.ts';

interface Props {
  label: string;
  value: string;
  onChange: (value: string) => void;
  kind: 'user' | 'group';
  /** Takes several names, with commas between them. */
  isMany?: boolean;
  required?: boolean;
  readOnly?: boolean;
}

/**
 * A field for names of users or groups, with those on offer whom the person may find: a combobox with a list (ARIA Authoring Practices).
 * What is not on offer can be typed all the same.
 */
export function NameField({ label, value, onChange, kind, isMany = false, required, readOnly }: Props) {
  const id = useId();
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const typed = lastName(value, isMany);
  const found = useGrantees(isOpen ? typed : '', kind);
  // the only one on offer is what stands there already
  const offered = found.filter(({ name }) => name !== typed);
  const isShown = isOpen && offered.length > 0;
  const close = (): void => {
    setOpen(false);
    setActive(-1);
  };
  const pick = (index: number): void => {
    const name = offered[index]?.name;
    if (name !== undefined) onChange(withName(value, name, isMany));
    close();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (!isShown) return;
    const to = nextOf(event.key, active, offered.length);
    if (to !== undefined) setActive(to);
    else if (event.key === 'Enter' && active >= 0) pick(active);
    else if (event.key === 'Escape') close();
    else return;
    // neither sends the form nor closes the dialog
    event.preventDefault();
  };
  return (
    <div class="names">
      <label>
        {label}
        <input
          role="combobox"
          autocomplete="off"
          spellcheck={false}
          aria-autocomplete="list"
          aria-expanded={isShown}
          aria-controls={isShown ? `${id}-list` : undefined}
          aria-activedescendant={isShown && active >= 0 ? `${id}-${active}` : undefined}
          {...{ value, required, readOnly }}
          onInput={(event) => {
            onChange(event.currentTarget.value);
            setOpen(!readOnly);
            setActive(-1);
          }}
          onKeyDown={onKeyDown}
          onBlur={close}
        />
      </label>
      {isShown && <Offered {...{ id, label, offered, active }} onPick={pick} />}
      <span class="unseen" role="status">
        {isShown && words.names.found(offered.length)}
      </span>
    </div>
  );
}

interface OfferedProps {
  id: string;
  label: string;
  offered: readonly Schema['FoundGranteeDto'][];
  active: number;
  onPick: (index: number) => void;
}

/** The list below the field. */
function Offered({ id, label, offered, active, onPick }: OfferedProps) {
  return (
    <ul role="listbox" id={`${id}-list`} aria-label={label}>
      {offered.map(({ name, display_name: display }, index) => (
        <li
          key={name}
          id={`${id}-${index}`}
          role="option"
          aria-selected={index === active}
          // before the field loses the focus
          onMouseDown={(event) => {
            event.preventDefault();
            onPick(index);
          }}
        >
          {name} {display !== null && <span class="faint">{display}</span>}
        </li>
      ))}
    </ul>
  );
}

/** Where an arrow leads in a list of so many; undefined for every other key. -1 is the field itself. */
function nextOf(key: string, active: number, count: number): number | undefined {
  if (key === 'ArrowDown') return active + 1 < count ? active + 1 : -1;
  if (key === 'ArrowUp') return active === -1 ? count - 1 : active - 1;
  return undefined;
}

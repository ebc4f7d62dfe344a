interface Props<T extends string> {
  legend: string;
  values: readonly T[];
  /** What people read of each. */
  texts: Record<T, string>;
  value: T;
  onChange: (value: T) => void;
}

/** One of a few values, by radio buttons. */
export function Choice<T extends string>({ legend, values, texts, value, onChange }: Props<T>) {
  return (
    <fieldset>
      <legend>{legend}</legend>
      {values.map((each) => (
        <label key={each}>
          <input type="radio" name={legend} checked={value === each} onChange={() => onChange(each)} />{' '}
          {texts[each]}
        </label>
      ))}
    </fieldset>
  );
}

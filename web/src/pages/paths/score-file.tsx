import { useId, useState } from 'preact/hooks';
import { words } from '../../words/en.ts';

/** The service takes bodies of this many bytes. */
const MOST_BYTES = 60 * 1024;

/** A Score file: dropped, chosen, or pasted. */
export function ScoreFile({ text, onChange }: { text: string; onChange: (text: string) => void }) {
  const id = useId();
  const [isOver, setOver] = useState(false);
  const [wrong, setWrong] = useState('');
  const take = async (file: File | undefined): Promise<void> => {
    if (!file) return;
    setWrong(file.size > MOST_BYTES ? words.ask.scoreLarge('60 KB') : '');
    if (file.size <= MOST_BYTES) onChange(await file.text());
  };
  const over = (is: boolean) => (event: DragEvent) => {
    event.preventDefault();
    setOver(is);
  };
  return (
    <details
      class={isOver ? 'card drop over' : 'card drop'}
      open={text !== '' || isOver || undefined}
      onDragOver={over(true)}
      onDragLeave={over(false)}
      onDrop={(event) => {
        over(false)(event);
        void take(event.dataTransfer?.files[0]);
      }}
    >
      <summary>
        {words.ask.score} <span class="faint">{words.forms.optional}</span>
      </summary>
      <div class="field">
        <label for={id}>{words.ask.scoreText}</label>
        <textarea
          id={id}
          rows={10}
          class="code"
          spellcheck={false}
          value={text}
          aria-describedby={`${id}-hint`}
          onInput={(event) => onChange(event.currentTarget.value)}
        />
        <p class="hint" id={`${id}-hint`}>
          {words.ask.scoreHint}
        </p>
        {wrong !== '' && (
          <p class="wrong" role="alert">
            {wrong}
          </p>
        )}
        <Choose text={text} onChange={onChange} onFile={(file) => void take(file)} />
      </div>
    </details>
  );
}

interface ChooseProps {
  text: string;
  onChange: (text: string) => void;
  onFile: (file: File | undefined) => void;
}

function Choose({ text, onChange, onFile }: ChooseProps) {
  return (
    <p class="row">
      <label class="button quiet">
        {words.ask.scoreChoose}
        <input
          type="file"
          class="unseen"
          accept=".yaml,.yml,application/yaml"
          onChange={(event) => onFile(event.currentTarget.files?.[0])}
        />
      </label>
      {text !== '' && (
        <button type="button" class="quiet" onClick={() => onChange('')}>
          {words.ask.scoreRemove}
        </button>
      )}
    </p>
  );
}

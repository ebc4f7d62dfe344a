import { useEffect, useState } from 'preact/hooks';
import { words } from '../words/en.ts';

const SHOWN_MS = 2000;

/** Copies a text; says that it did. `what` names it for screen readers. */
export function Copy({ text, what }: { text: string; what: string }) {
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return undefined;
    const timer = setTimeout(() => setCopied(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [isCopied]);
  const copy = (): void => void navigator.clipboard.writeText(text).then(() => setCopied(true));
  return (
    <button type="button" class="plain" onClick={copy} aria-label={`${words.copy}: ${what}`}>
      <span role="status">{isCopied ? words.copied : words.copy}</span>
    </button>
  );
}

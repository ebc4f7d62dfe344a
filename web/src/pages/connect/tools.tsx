import { Copy } from '../../parts/copy.tsx';
import { words } from '../../words/en.ts';
import type { Target } from '../../parts/keys/environment.ts';
import { snippetsOf } from './snippets.ts';

/** How each tool reads and writes the home. */
export function Snippets({ target }: { target: Target }) {
  return (
    <section>
      <h2>{words.connect.snippets}</h2>
      <p>{words.connect.snippetsHint}</p>
      {snippetsOf(target).map(({ tool, text }) => (
        <details key={tool} name="snippets">
          <summary>{tool}</summary>
          <pre tabIndex={0} aria-label={tool}>
            {text}
          </pre>
          <p>
            <Copy text={text} what={tool} />
          </p>
        </details>
      ))}
    </section>
  );
}

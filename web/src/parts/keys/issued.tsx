import { useState } from 'preact/hooks';
import { Copy } from '../copy.tsx';
import { Time } from '../time.tsx';
import { words } from '../../words/en.ts';
import { environmentOf, type Keys, type Target } from './environment.ts';

/** Credentials as the service answered them; it does not tell them again. */
export interface IssuedKeys extends Keys {
  expiration: string;
}

interface Props {
  keys: IssuedKeys;
  target: Target;
  onForget: () => void;
}

/** What was just made, hidden until somebody wants to see it. */
export function Issued({ keys, target, onForget }: Props) {
  const [isShown, setShown] = useState(false);
  const environment = environmentOf(keys, target);
  const hidden = environment.replace(/^(export AWS_(?:SECRET|SESSION)\w+=).*$/gm, "$1'…'");
  return (
    <section>
      <h2>{words.connect.issued}</h2>
      <p role="status">{words.connect.issuedHint}</p>
      <dl>
        <dt>{words.home.key}</dt>
        <dd>
          <code>{keys.access_key}</code>
        </dd>
        <dt>{words.home.keyEnds}</dt>
        <dd>
          <Time at={keys.expiration} />
        </dd>
      </dl>
      <pre tabIndex={0} aria-label={words.connect.environment}>
        {isShown ? environment : hidden}
      </pre>
      <p class="row">
        <Copy text={environment} what={words.connect.environment} />
        <button type="button" class="plain" aria-pressed={isShown} onClick={() => setShown(!isShown)}>
          {isShown ? words.hide : words.show}
        </button>
        <button type="button" class="quiet" onClick={onForget}>
          {words.connect.forget}
        </button>
      </p>
    </section>
  );
}

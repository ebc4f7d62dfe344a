import { type ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Schema } from '../../api/schema.ts';
import { Copy } from '../../parts/copy.tsx';
import { Time } from '../../parts/time.tsx';
import { words } from '../../words/en.ts';

/** A secret as the service answered it; it does not tell it again. */
export type ShownSecret =
  ({ kind: 'key' } & Schema['IssuedAccessKeyDto']) | ({ kind: 'login' } & Schema['DatabaseLoginDto']);

/** What was just made, hidden until somebody wants to see it. */
export function Shown({ secret, onForget }: { secret: ShownSecret; onForget: () => void }) {
  const { products, home } = words;
  return (
    <>
      <p role="status">{products.shown}</p>
      {secret.kind === 'key' ? (
        <dl>
          <Fact title={home.key} text={secret.access_key} />
          <Secret title={products.secret} text={secret.secret_key} />
          <Fact title={home.endpoint} text={secret.endpoint} />
          <Fact title={home.region} text={secret.region} />
          <dt>{home.keyEnds}</dt>
          <dd>
            <Time at={secret.expiration} />
          </dd>
        </dl>
      ) : (
        <dl>
          <Fact title={products.host} text={`${secret.host}:${secret.port}`} />
          <Fact title={products.databaseName} text={secret.database} />
          <Fact title={products.schema} text={secret.schema ?? products.noSchema} />
          <Fact title={products.user} text={secret.user} />
          <Secret title={products.password} text={secret.password} />
        </dl>
      )}
      <p>
        <button type="button" class="quiet" onClick={onForget}>
          {products.forget}
        </button>
      </p>
    </>
  );
}

function Fact({ title, text }: { title: string; text: ComponentChildren }) {
  return (
    <>
      <dt>{title}</dt>
      <dd>
        <code>{text}</code>
      </dd>
    </>
  );
}

function Secret({ title, text }: { title: string; text: string }) {
  const [isShown, setShown] = useState(false);
  return (
    <>
      <dt>{title}</dt>
      <dd>
        <code>{isShown ? text : '…'}</code> <Copy text={text} what={title} />
        <button type="button" class="plain" aria-pressed={isShown} onClick={() => setShown(!isShown)}>
          {isShown ? words.hide : words.show}
        </button>
      </dd>
    </>
  );
}

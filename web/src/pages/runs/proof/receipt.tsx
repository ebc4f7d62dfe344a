import { api, ask } from '../../../api/client.ts';
import { useLoaded } from '../../../api/use-loaded.ts';
import { Copy } from '../../../parts/copy.tsx';
import { Loading } from '../../../parts/loading.tsx';
import { words } from '../../../words/en.ts';

/** The signed receipt of the last end of a run. */
export function Receipt({ id }: { id: string }) {
  const receipt = useLoaded(
    () => ask(api.GET('/api/workflows/{id}/receipt', { params: { path: { id } } })),
    [id],
  );
  return (
    <Loading from={receipt}>
      {({ number, payload, receipt: signed, key_id: key }) => (
        <>
          <h3>{words.run.receiptTitle}</h3>
          <p class="hint">{words.run.receiptHint}</p>
          <dl>
            <dt>{words.run.receiptNumber}</dt>
            <dd>{number}</dd>
            <dt>{words.run.receiptKey}</dt>
            <dd>
              <code>{key}</code>
            </dd>
            <dt>{words.run.receiptText}</dt>
            <dd>
              <Copy text={signed} what={words.run.receiptText} />
            </dd>
          </dl>
          <details>
            <summary>{words.run.receiptSays}</summary>
            <pre tabIndex={0}>{JSON.stringify(payload, null, 2)}</pre>
          </details>
        </>
      )}
    </Loading>
  );
}

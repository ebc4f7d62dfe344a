import { refusalOf } from '../api/client.ts';
import { words } from '../words/en.ts';

/** What was refused, in the service's own sentence, with the id by which an administrator finds the request. */
export function Problem({ error, retry }: { error: unknown; retry?: () => void }) {
  const { message, errors, requestId } = refusalOf(error);
  return (
    <div class="problem" role="alert">
      <p>{message}</p>
      {errors.length > 1 && (
        <ul>
          {errors.map(({ field, rule }) => (
            <li key={field + rule}>
              {field}: {rule}
            </li>
          ))}
        </ul>
      )}
      {requestId && (
        <p class="hint">
          {words.requestId} <code>{requestId}</code>
        </p>
      )}
      {retry && (
        <button type="button" onClick={retry}>
          {words.retry}
        </button>
      )}
    </div>
  );
}

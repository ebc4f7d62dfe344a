import { refusalOf } from '../api/client.ts';
import { words } from '../words/en.ts';
import { FileErrors } from './file-errors.tsx';

/** What was refused, in the service's own sentence, with the id by which an administrator finds the request. */
export function Problem({ error, retry }: { error: unknown; retry?: () => void }) {
  const { message, errors, fileErrors, requestId } = refusalOf(error);
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
      {fileErrors.length > 0 && <FileErrors errors={fileErrors} />}
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

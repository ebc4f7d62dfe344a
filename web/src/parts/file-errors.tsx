import type { FileError } from '../api/refusal.ts';
import { Coded } from './coded.tsx';
import { words } from '../words/en.ts';

/** What is wrong in files, each with its place. */
export function FileErrors({ errors }: { errors: readonly FileError[] }) {
  return (
    <ul>
      {errors.map(({ file, line, column, message, suggestion }) => (
        <li key={`${file} ${line} ${column} ${message}`}>
          <code>{words.providers.line(file, line, column)}</code>: <Coded text={message} />
          {suggestion !== undefined && (
            <>
              {' '}
              {words.providers.instead} <code>{suggestion}</code>
            </>
          )}
        </li>
      ))}
    </ul>
  );
}

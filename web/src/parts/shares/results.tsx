import type { Schema } from '../../api/schema.ts';
import { Table } from '../table.tsx';
import { words } from '../../words/en.ts';

/** What became of each person and group that was named. */
export function Results({ result }: { result: Schema['ShareResultDto'] }) {
  return (
    <div role="status">
      {!result.enforced && <p>{words.shares.soon}</p>}
      <Table
        caption={words.shares.results}
        rows={result.results}
        keyOf={({ kind, name }) => `${kind} ${name}`}
        empty={words.none}
        columns={[
          { title: words.shares.with, cell: ({ kind, name }) => words.kinds[kind](name) },
          {
            title: words.shares.outcome,
            cell: ({ status, code, message }) => (
              <>
                {words.shares.outcomes[status]}
                {(message ?? code) && <div class="hint">{message ?? code}</div>}
              </>
            ),
          },
        ]}
      />
    </div>
  );
}

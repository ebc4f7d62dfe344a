import type { Paged } from '../api/use-paged.ts';
import { formatNumber } from '../words/format.ts';
import { words } from '../words/en.ts';
import { Problem } from './problem.tsx';
import { Table, type TableProps } from './table.tsx';

/** A table that is loaded page by page. */
export function List<T>({ from, ...table }: { from: Paged<T> } & Omit<TableProps<T>, 'rows'>) {
  const { items, total, refusal, isLoading, more, reload } = from;
  if (items === undefined) {
    if (refusal) return <Problem error={refusal} retry={reload} />;
    return (
      <p class="faint" role="status">
        {words.loading}
      </p>
    );
  }
  return (
    <div aria-busy={isLoading}>
      {total !== undefined && (
        <p class="hint">{words.shownOf(formatNumber(items.length), formatNumber(total))}</p>
      )}
      <Table {...table} rows={items} />
      {refusal && <Problem error={refusal} retry={reload} />}
      {more && (
        <p>
          <button type="button" class="quiet" disabled={isLoading} onClick={more}>
            {words.more}
          </button>
        </p>
      )}
    </div>
  );
}

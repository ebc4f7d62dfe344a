import { useEffect, useRef, useState } from 'preact/hooks';
import type { Paged } from '../../api/use-paged.ts';
import { formatNumber } from '../../words/format.ts';
import { words } from '../../words/en.ts';
import { Problem } from '../problem.tsx';
import { type Column, type TableProps } from '../table.tsx';
import { useVirtualRows } from './use-virtual-rows.ts';

/** A column of a list that draws only what is seen: the widths cannot follow from the cells. */
export interface WideColumn<T> extends Column<T> {
  /** Its width, as a track of a CSS grid. */
  track: string;
}

interface Props<T> extends Omit<TableProps<T>, 'rows' | 'columns' | 'keyOf'> {
  from: Paged<T>;
  columns: readonly WideColumn<T>[];
}

/**
 * A table of very many rows, of which only those are drawn that are seen. It scrolls by itself; pages are loaded as far as somebody
 * scrolls. For screen readers it is a table of all rows.
 */
export function VirtualList<T>({ from, empty, ...table }: Props<T>) {
  const { items, total, refusal, isLoading, reload } = from;
  if (items === undefined) {
    if (refusal) return <Problem error={refusal} retry={reload} />;
    return (
      <p class="faint" role="status">
        {words.loading}
      </p>
    );
  }
  if (items.length === 0) return <p class="empty">{empty}</p>;
  return (
    <div aria-busy={isLoading}>
      <p class="hint">{words.rows(formatNumber(total ?? items.length))}</p>
      <Rows from={from} items={items} {...table} />
      {refusal && <Problem error={refusal} retry={reload} />}
    </div>
  );
}

/** The height of a row of two lines, in pixels, and that of one on a phone, whose cells stand below each other. A row that has not come yet is as high. */
const [HEIGHT, TALL] = [59, 206];
const heightHere = (): number => (matchMedia('(max-width: 40rem)').matches ? TALL : HEIGHT);

interface RowsProps<T> {
  from: Paged<T>;
  items: readonly T[];
  caption: string;
  columns: readonly WideColumn<T>[];
}

function Rows<T>({ from: { total, more, isLoading, refusal }, items, caption, columns }: RowsProps<T>) {
  const scroller = useRef<HTMLDivElement>(null);
  const [kept, setKept] = useState<number | undefined>();
  const count = Math.max(total ?? 0, items.length);
  const height = heightHere();
  const rows = useVirtualRows({ count, height, scroller, kept });
  const drawn = rows.getVirtualItems();
  const last = drawn.at(-1)?.index ?? 0;
  const isShort = last >= items.length - 1 && more !== undefined && !isLoading && !refusal;
  useEffect(() => {
    if (isShort) more?.();
  }, [isShort, items.length]);
  const keep = (event: FocusEvent): void => {
    const row = (event.target as Element).closest<HTMLElement>('tr[data-index]');
    setKept(row ? Number(row.dataset['index']) : undefined);
  };
  /** The first or the last row at once: on a way of so many rows, the browser's own would miss it when heights are measured. */
  const jump = (event: KeyboardEvent): void => {
    if (event.key !== 'End' && event.key !== 'Home') return;
    event.preventDefault();
    if (event.key === 'Home') rows.scrollToIndex(0);
    else rows.scrollToIndex(count - 1, { align: 'end' });
  };
  const widths = columns.map(({ track }) => track).join(' ');
  return (
    <div class="virtual" ref={scroller} tabIndex={0} role="region" aria-label={caption} onKeyDown={jump}>
      <table role="table" aria-rowcount={count + 1} style={{ '--columns': widths }}>
        <caption class="unseen">{caption}</caption>
        <Head columns={columns} />
        <tbody
          role="rowgroup"
          style={{ height: `${rows.getTotalSize()}px` }}
          onFocusIn={keep}
          onFocusOut={() => setKept(undefined)}
        >
          {drawn.map(({ index, start }) => (
            <tr
              key={index}
              role="row"
              aria-rowindex={index + 2}
              data-index={index}
              ref={rows.measureElement}
              style={{
                transform: `translateY(${start}px)`,
                minHeight: items[index] ? undefined : `${height}px`,
              }}
            >
              <Cells row={items[index]} columns={columns} />
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Head<T>({ columns }: { columns: readonly WideColumn<T>[] }) {
  return (
    <thead role="rowgroup">
      <tr role="row" aria-rowindex={1}>
        {columns.map(({ title }) => (
          <th key={title} role="columnheader" scope="col">
            {title}
          </th>
        ))}
      </tr>
    </thead>
  );
}

/** A row that has not come yet says so. */
function Cells<T>({ row, columns }: { row: T | undefined; columns: readonly WideColumn<T>[] }) {
  return (
    <>
      {columns.map(({ title, cell }, index) => (
        <td key={title} role="cell" data-title={title}>
          {row !== undefined ? cell(row) : index === 0 && <span class="faint">{words.loading}</span>}
        </td>
      ))}
    </>
  );
}

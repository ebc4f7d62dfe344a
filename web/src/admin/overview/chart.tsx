import { useMemo } from 'preact/hooks';
import { formatDate, formatNumber } from '../../words/format.ts';
import { words } from '../../words/en.ts';
import { Table } from '../../parts/table.tsx';
import { barsOf, type Point, topOf } from './scale.ts';

const WIDTH = 360;
const HEIGHT = 110;
/** For the numbers of the axis on the left, and the days below. */
const LEFT = 34;
const BELOW = 18;

export type Metric = keyof typeof words.charts.metrics;

/** The numbers of days as bars, and the same as a table. The last day is not over. */
export function Chart({ metric, points }: { metric: Metric; points: readonly Point[] }) {
  const { charts } = words;
  const title = charts.metrics[metric];
  const total = points.reduce((sum, { value }) => sum + value, 0);
  const most = points.reduce<Point | undefined>(
    (best, each) => (best && best.value >= each.value ? best : each),
    undefined,
  );
  if (total === 0 || !most) return <p class="empty">{charts.none[metric]}</p>;
  const summary = charts.summary(formatNumber(total), formatNumber(most.value), formatDate(most.at));
  return (
    <figure class="chart">
      <Bars points={points} label={`${title}, ${charts.units[metric]}. ${summary}`} />
      <figcaption class="hint">{summary}</figcaption>
      <details>
        <summary>
          {charts.asTable} <span class="unseen">{title}</span>
        </summary>
        <Table
          caption={title}
          rows={[...points].reverse()}
          keyOf={({ at }) => at}
          empty={charts.none[metric]}
          columns={[
            {
              title: charts.day,
              cell: ({ at }) => (
                <>
                  {formatDate(at)} {at === points.at(-1)?.at && <span class="faint">({charts.today})</span>}
                </>
              ),
            },
            { title: charts.units[metric], cell: ({ value }) => formatNumber(value) },
          ]}
        />
      </details>
    </figure>
  );
}

function Bars({ points, label }: { points: readonly Point[]; label: string }) {
  const bars = useMemo(() => barsOf(points, WIDTH - LEFT, HEIGHT), [points]);
  const top = topOf(points.map(({ value }) => value));
  const [first, last] = [points[0], points.at(-1)];
  return (
    <svg viewBox={`0 -8 ${WIDTH} ${HEIGHT + BELOW + 8}`} role="img" aria-label={label}>
      {(top % 2 === 0 ? [0, top / 2, top] : [0, top]).map((value) => {
        const y = HEIGHT - (value / top) * HEIGHT;
        return (
          <g key={value}>
            <line x1={LEFT} x2={WIDTH} y1={y} y2={y} />
            <text x={LEFT - 6} y={y + 4} text-anchor="end">
              {formatNumber(value)}
            </text>
          </g>
        );
      })}
      <g transform={`translate(${LEFT} 0)`}>
        {bars.map((bar, index) => {
          const point = points[index];
          return (
            point && (
              <rect key={point.at} {...bar} class={point === last ? 'now' : undefined}>
                <title>{`${formatDate(point.at)}: ${formatNumber(point.value)}`}</title>
              </rect>
            )
          );
        })}
      </g>
      {first && last && (
        <>
          <text x={LEFT} y={HEIGHT + BELOW - 3}>
            {formatDate(first.at)}
          </text>
          <text x={WIDTH} y={HEIGHT + BELOW - 3} text-anchor="end">
            {formatDate(last.at)}
          </text>
        </>
      )}
    </svg>
  );
}

import { useMemo } from 'preact/hooks';
import type { Schema } from '../../api/schema.ts';
import { formatDay, formatNumber } from '../../words/format.ts';
import { words } from '../../words/en.ts';
import { graphOf } from './graph.ts';
import { fitting, layoutOf } from './layout.ts';

const TEXTS = {
  level: (permission: Schema['ReacherDto']['permission']) => words.levels[permission],
  via: (via: string) => words.who.reasons[via] ?? via,
  until: (iso: string) => `${words.who.until} ${formatDay(iso)}`,
  people: (count: number) => words.who.people(formatNumber(count)),
};

/** From the path to the people, in four columns. The table beneath says the same. */
export function Picture({ path, reachers }: { path: string; reachers: readonly Schema['ReacherDto'][] }) {
  const { width, height, nodes, edges } = useMemo(
    () => layoutOf(graphOf(path, reachers, TEXTS)),
    [path, reachers],
  );
  return (
    <div class="picture" tabIndex={0} role="region" aria-label={words.who.picture}>
      <svg
        width={width}
        height={height}
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={words.who.pictureText}
      >
        {edges.map((way) => (
          <path key={way} d={way} class="edge" />
        ))}
        {nodes.map((node) => (
          <g key={node.id} class={`node ${node.column}`} transform={`translate(${node.x} ${node.y})`}>
            <title>{[node.label, node.detail].filter(Boolean).join(', ')}</title>
            <rect width={node.width} height={node.height} rx="5" />
            <text x="8" y="21">
              {fitting(node.label, node.width)}
            </text>
            {node.detail !== '' && (
              <text x="8" y="39" class="detail">
                {fitting(node.detail, node.width)}
              </text>
            )}
          </g>
        ))}
      </svg>
    </div>
  );
}

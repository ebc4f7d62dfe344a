import { useState } from 'preact/hooks';
import { api, ask } from '../../api/client.ts';
import { useLoaded } from '../../api/use-loaded.ts';
import { Loading } from '../../parts/loading.tsx';
import { formatNumber } from '../../words/format.ts';
import { words } from '../../words/en.ts';
import { Chart, type Metric } from './chart.tsx';

const METRICS: readonly Metric[] = ['logins', 'shares', 'provisions', 'drift'];
const RANGES = [30, 90];
const DAY_MS = 86_400_000;

/** What happened on each of the last days. */
export function Charts() {
  const [days, setDays] = useState(30);
  const { charts } = words;
  return (
    <section>
      <div class="row between">
        <h2>{charts.title}</h2>
        <label class="inline">
          {charts.range}{' '}
          <select value={days} onChange={(event) => setDays(Number(event.currentTarget.value))}>
            {RANGES.map((each) => (
              <option key={each} value={each}>
                {charts.days(formatNumber(each))}
              </option>
            ))}
          </select>
        </label>
      </div>
      <div class="charts">
        {METRICS.map((metric) => (
          <div key={metric}>
            <h3>
              {charts.metrics[metric]} <span class="hint">{charts.units[metric]}</span>
            </h3>
            <Numbers metric={metric} days={days} />
          </div>
        ))}
      </div>
    </section>
  );
}

function Numbers({ metric, days }: { metric: Metric; days: number }) {
  const numbers = useLoaded(() => {
    const since = new Date(Date.now() - days * DAY_MS).toISOString().slice(0, 10);
    return ask(api.GET('/admin/statistics', { params: { query: { metric, since, step: 'day' } } }));
  }, [metric, days]);
  return <Loading from={numbers}>{({ points }) => <Chart metric={metric} points={points} />}</Loading>;
}

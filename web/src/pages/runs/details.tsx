import { useState } from 'preact/hooks';
import type { Schema } from '../../api/schema.ts';
import { Named } from '../../parts/runs/named.tsx';
import { words } from '../../words/en.ts';
import { Decisions } from './approval/decisions.tsx';
import { Receipt } from './proof/receipt.tsx';
import { Verification } from './proof/verification.tsx';

/** What a run was asked for with, and the proof of what it did. */
export function Details({ run, isAtRest }: { run: Schema['RunDto']; isAtRest: boolean }) {
  const [shown, setShown] = useState<'receipt' | 'verify' | undefined>();
  const decided = run.approvals.filter(({ state }) => state !== 'open');
  const { digest, commit } = run.version;
  return (
    <section>
      <h2>{words.run.details}</h2>
      <dl>
        <dt>{words.paths.provider}</dt>
        <dd>{run.provider}</dd>
        <dt>{words.run.version}</dt>
        <dd>
          <code title={commit ?? digest}>{(commit ?? digest).slice(0, 12)}</code>
        </dd>
        {run.application !== null && (
          <>
            <dt>{words.run.application}</dt>
            <dd>{run.application}</dd>
          </>
        )}
        <dt>{words.run.id}</dt>
        <dd>
          <code>{run.id}</code>
        </dd>
      </dl>
      {decided.length > 0 && (
        <>
          <h3>{words.approvals.earlier}</h3>
          {decided.map(({ plan_digest, state, decisions }) => (
            <div key={plan_digest}>
              <span class={state === 'approved' ? 'tag good' : 'tag'}>{words.approvals.states[state]}</span>
              <Decisions decisions={decisions} />
            </div>
          ))}
        </>
      )}
      <h3>{words.run.parameters}</h3>
      <Named values={run.parameters} />
      {isAtRest && (
        <p class="row">
          <button type="button" class="quiet" onClick={() => setShown('verify')}>
            {words.run.verify}
          </button>
          <button type="button" class="quiet" onClick={() => setShown('receipt')}>
            {words.run.receipt}
          </button>
        </p>
      )}
      {isAtRest && shown === 'verify' && <Verification key={run.undone_at ?? ''} id={run.id} />}
      {isAtRest && shown === 'receipt' && <Receipt key={run.undone_at ?? ''} id={run.id} />}
    </section>
  );
}

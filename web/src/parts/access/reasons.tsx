import type { Schema } from '../../api/schema.ts';
import { eventsAddress, GranteeName } from '../names/links.tsx';
import { Time } from '../time.tsx';
import { formatNumber } from '../../words/format.ts';
import { words } from '../../words/en.ts';
import { type Ending, endingOf, granteeOf, type Viewer } from './endings.ts';

type Because = Schema['BecauseDto'];

interface Props {
  because: readonly Because[];
  /** How many further reasons the answer does not name. */
  leftOut?: number;
  viewer: Viewer;
  onEnd: (ending: Ending) => void;
}

/** Why somebody reaches a path, each with what ends it. */
export function Reasons({ because, leftOut = 0, viewer, onEnd }: Props) {
  return (
    <ul class="plain-list">
      {because.map((each) => (
        <li key={`${each.via} ${each.permission} ${each.grant?.path ?? each.policy_name ?? ''}`}>
          <Reason because={each} viewer={viewer} />
          <End ending={endingOf(each, viewer)} onEnd={onEnd} />
        </li>
      ))}
      {leftOut > 0 && <li>{words.who.leftOut(formatNumber(leftOut))}</li>}
    </ul>
  );
}

function Reason({ because, viewer }: { because: Because; viewer: Viewer }) {
  const { via, permission, expires_at, grant, policy_name: policy } = because;
  const grantee = granteeOf(via);
  return (
    <>
      {grantee ? <GranteeName {...grantee} isLink={viewer.admin} /> : (words.who.reasons[via] ?? via)}
      {policy !== undefined && !grant && via === 'foreign_policy' && (
        <>
          {' '}
          <code>{policy}</code>
        </>
      )}
      : {words.levels[permission]}
      {grant && (
        <span class="hint">
          {' '}
          {words.who.at} <code>{grant.path}</code>, {words.who.by(grant.granted_by)}
          {grant.origin !== 'share' && ` (${words.allGroups.origins[grant.origin] ?? grant.origin})`}
        </span>
      )}
      {expires_at && (
        <span class="hint">
          , {words.who.until} <Time at={expires_at} />
        </span>
      )}
      {viewer.admin && grant?.owner && (
        <>
          {' '}
          <a
            class="hint"
            href={eventsAddress({ subject: grant.owner, action: 'path.shared' })}
            aria-label={words.explorer.eventsOf(grant.path)}
          >
            {words.users.events}
          </a>
        </>
      )}
    </>
  );
}

function End({ ending, onEnd }: { ending: Ending | undefined; onEnd: Props['onEnd'] }) {
  if (!ending) return null;
  return (
    <button type="button" class="plain" onClick={() => onEnd(ending)}>
      {words.shares.end}
    </button>
  );
}

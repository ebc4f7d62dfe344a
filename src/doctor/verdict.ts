import type { CheckDto, DoctorDto } from './doctor.dto.js';

type Verdict = CheckDto['verdict'];

const WORST_FIRST: readonly Verdict[] = ['failed', 'warning', 'not_configured', 'ok'];

/** The results of all checks with their verdict as a whole, the worst first; checks with the same verdict keep their order. */
export function judge(checks: readonly CheckDto[]): DoctorDto {
  const names = (wanted: Verdict) =>
    checks.filter(({ verdict }) => verdict === wanted).map(({ name }) => name);
  const [failed, warnings, absent] = [names('failed'), names('warning'), names('not_configured')];
  const made = checks.length - absent.length;
  return {
    verdict: failed.length > 0 ? 'failed' : warnings.length > 0 ? 'warning' : 'ok',
    summary: [
      headline(made, failed, warnings.length === 0),
      ...listed('Warnings', warnings),
      ...listed('Not configured', absent),
    ].join(' '),
    checks: WORST_FIRST.flatMap((wanted) => checks.filter(({ verdict }) => verdict === wanted)),
  };
}

function headline(made: number, failed: readonly string[], allOk: boolean): string {
  if (failed.length > 0) return `${failed.length} of ${made} checks failed: ${failed.join(', ')}.`;
  return allOk ? `All ${made} checks are ok.` : `None of ${made} checks failed.`;
}

function listed(what: string, names: readonly string[]): string[] {
  return names.length > 0 ? [`${what}: ${names.join(', ')}.`] : [];
}

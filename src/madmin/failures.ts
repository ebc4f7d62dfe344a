import { CutOff } from './connection/deadline.js';
import { WireFault } from './connection/transport.js';
import { DecryptionError } from './encryption.js';
import { MadminError } from './errors.js';

/** The call that failed. */
interface Failed {
  verb: string;
  isWrite: boolean;
}

/** The error that the caller of a verb gets. */
export function toMadminError(spec: Failed, error: unknown): MadminError {
  const { verb } = spec;
  if (error instanceof MadminError) return error;
  if (error instanceof CutOff) return cutError(verb, error.cut, false);
  if (error instanceof WireFault) return faultError(spec, error);
  // From the encoding of the query, before anything was sent.
  if (error instanceof URIError)
    return new MadminError('invalid', `${verb}: invalid (a name is not valid Unicode)`);
  if (error instanceof DecryptionError)
    return new MadminError('internal', `${verb}: internal (${error.message})`);
  return new MadminError('internal', `${verb}: internal (the answer cannot be read)`);
}

function faultError(spec: Failed, { kind, sent, detail }: WireFault): MadminError {
  const outcomeUnknown = sent && spec.isWrite;
  if (kind === 'timeout' || kind === 'aborted') return cutError(spec.verb, kind, outcomeUnknown);
  if (kind === 'oversize') {
    return new MadminError('too_large', `${spec.verb}: too_large (answer over the limit)`, {
      outcomeUnknown,
    });
  }
  return new MadminError('unavailable', `${spec.verb}: unavailable (${kind} ${detail})`, { outcomeUnknown });
}

function cutError(verb: string, cut: 'timeout' | 'aborted', outcomeUnknown: boolean): MadminError {
  const why =
    cut === 'aborted' ? 'ended by the caller' : outcomeUnknown ? 'no answer in time' : 'out of time';
  return new MadminError('timeout', `${verb}: timeout (${why})`, { outcomeUnknown });
}

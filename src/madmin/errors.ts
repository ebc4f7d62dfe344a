import { parseXml } from './xml.js';

/** What went wrong, in terms that a caller can act on. The table below maps MinIO's answers to codes. */
export type MadminErrorCode =
  | 'not_found'
  | 'already_applied'
  | 'conflict'
  | 'invalid'
  | 'too_large'
  | 'denied'
  | 'unknown_access_key'
  | 'account_disabled'
  | 'signature_mismatch'
  | 'clock_skew'
  | 'unsupported'
  | 'unavailable'
  | 'timeout'
  | 'internal';

export interface MadminErrorDetails {
  status?: number;
  minioCode?: string;
  requestId?: string;
  reason?: string;
  outcomeUnknown?: boolean;
}

/**
 * The only error that a verb throws. It never contains a secret, a signature, a token or a request body.
 */
export class MadminError extends Error {
  override readonly name = 'MadminError';
  readonly code: MadminErrorCode;
  /** HTTP status; absent when there was no answer. */
  declare readonly status?: number;
  /** MinIO's own code, for example `XMinioAdminNoSuchUser`. */
  declare readonly minioCode?: string;
  /** MinIO's id of the request, as in its logs and audit records. */
  declare readonly requestId?: string;
  /** MinIO's own words, at most 300 characters; only for calls that carry no secret. */
  declare readonly reason?: string;
  /**
   * The call was a write and may have been applied: a timeout, a lost connection after sending, or a server error in it. Read back before
   * deciding.
   */
  readonly outcomeUnknown: boolean;
  /** The same call may succeed a little later: nothing is wrong with the call itself. */
  readonly retryable: boolean;

  constructor(code: MadminErrorCode, message: string, details: MadminErrorDetails = {}) {
    super(message);
    this.code = code;
    if (details.status !== undefined) this.status = details.status;
    if (details.minioCode) this.minioCode = details.minioCode;
    if (details.requestId) this.requestId = details.requestId;
    if (details.reason) this.reason = details.reason;
    this.outcomeUnknown = details.outcomeUnknown ?? false;
    this.retryable = code === 'unavailable' || code === 'timeout';
  }
}

interface Rule {
  codes: readonly string[];
  /** If MinIO uses one code for different causes, only its message distinguishes them. */
  text?: RegExp;
  status?: number;
  as: MadminErrorCode;
}

/**
 * RustFS (1.0.1) has a few codes for everything, and for most refusals it answers 500 although nothing was applied: only its words tell them
 * apart. They are matched whole, because they may contain a name.
 */
const RUSTFS_RULES: readonly Rule[] = [
  {
    codes: ['InvalidArgument', 'InvalidRequest'],
    text: /^(?:(?:target )?user|service account|access key) not (?:exist|found)$/,
    as: 'not_found',
  },
  {
    codes: ['InternalError'],
    text: /^(?:failed to set user status: )?(?:policy|(?:user|account|group) '.*') does not exist$/s,
    as: 'not_found',
  },
  {
    codes: ['InternalError'],
    text: /^failed to capture bucket incarnation: Bucket not found: /,
    as: 'not_found',
  },
  { codes: ['InternalError'], text: /^(?:policy in use|group not empty)$/, as: 'conflict' },
  { codes: ['InvalidArgument'], text: /^access key is already in use$/, as: 'conflict' },
  { codes: ['InternalError'], text: /^create service account failed, e: PolicyTooLarge$/, as: 'too_large' },
  {
    codes: ['InternalError'],
    text: /^failed to create user: (?:invalid (?:access|secret) key length|access key contains reserved characters =,)$/,
    as: 'invalid',
  },
  { codes: ['InternalError'], text: /^(?:io error: )?system policy can not be deleted$/, as: 'denied' },
  { codes: ['InternalError'], text: /^action not allowed$/, as: 'denied' },
  { codes: ['InvalidArgument'], text: /^cannot create a user with the system access key$/, as: 'denied' },
  { codes: ['MethodNotAllowed'], text: /^can't add (?:root|temp user) /, as: 'denied' },
];

/** First match wins. Every other answer is mapped by its status alone: MinIO-compatible servers use other codes. */
const RULES: readonly Rule[] = [
  // STS answers AccessDenied for all three of these; the admin API has codes for the second and third.
  { codes: ['AccessDenied', 'InvalidAccessKeyId'], text: /account is disabled/i, as: 'account_disabled' },
  // RustFS; the signature was right, because for an unknown access key it has MinIO's words.
  { codes: ['InvalidAccessKeyId'], text: /^check key failed$/, as: 'account_disabled' },
  { codes: ['AccessDenied'], text: /access key id .* does not exist/i, as: 'unknown_access_key' },
  { codes: ['AccessDenied'], text: /signature .* does not match/i, as: 'signature_mismatch' },
  { codes: ['InvalidAccessKeyId'], as: 'unknown_access_key' },
  { codes: ['SignatureDoesNotMatch'], as: 'signature_mismatch' },
  { codes: ['RequestTimeTooSkewed'], as: 'clock_skew' },
  { codes: ['XMinioAdminPolicyChangeAlreadyApplied'], as: 'already_applied' },
  {
    codes: ['XMinioIAMPolicyInUse', 'XMinioAdminGroupNotEmpty', 'XMinioIAMServiceAccountNotAllowed'],
    as: 'conflict',
  },
  {
    codes: ['EntityTooLarge', 'XMinioAdminConfigTooLarge', 'XMinioIAMServiceAccountSessionPolicyTooLarge'],
    as: 'too_large',
  },
  { codes: ['XMinioAdminVersionMismatch'], as: 'unsupported' },
  // Refusals for which MinIO sends no code: they arrive as 500, and nothing was applied.
  { codes: ['InternalError'], text: /\(specified group is disabled\)/i, as: 'conflict' },
  { codes: ['InternalError'], text: /\(invalid service account expiration\)/i, as: 'invalid' },
  { codes: ['InternalError'], text: /\(inbuilt policy .* not allowed to be deleted\)/i, as: 'denied' },
  ...RUSTFS_RULES,
];

const BY_STATUS: Readonly<Record<number, MadminErrorCode>> = {
  401: 'denied',
  403: 'denied',
  404: 'not_found',
  405: 'unsupported',
  409: 'conflict',
  412: 'conflict',
  413: 'too_large',
  426: 'unsupported',
  429: 'unavailable',
  501: 'unsupported',
  502: 'unavailable',
  503: 'unavailable',
  504: 'unavailable',
};

/** Answers that prove nothing was applied although the status is 5xx. */
const NOT_STARTED = new Set([
  'XMinioServerNotInitialized',
  'XMinioIAMNotInitialized',
  'STSNotInitialized',
  'STSIAMNotInitialized',
]);

/** Codes for which the server's explanation is worth keeping; those about keys and signatures are not. */
const EXPLAINED: ReadonlySet<MadminErrorCode> = new Set(['invalid', 'conflict', 'internal', 'unavailable']);

export interface Refusal {
  verb: string;
  status: number;
  body: Uint8Array;
  /** The call changes something. */
  write: boolean;
  /** The call carries a secret: the server's words might repeat it. */
  secret: boolean;
}

/** The error for an answer that is not 2xx. */
export function refusalError(refusal: Refusal): MadminError {
  const { verb, status, write, secret } = refusal;
  const answer = parseErrorBody(refusal.body);
  const code = mapCode(status, answer.code, answer.message);
  const ruled = code !== 'internal' && code !== 'unavailable';
  return new MadminError(code, `${verb}: ${code} (${[status, answer.code].filter(Boolean).join(' ')})`, {
    status,
    minioCode: answer.code,
    requestId: answer.requestId,
    reason: !secret && EXPLAINED.has(code) ? answer.message.slice(0, 300) : undefined,
    outcomeUnknown: write && status >= 500 && !ruled && !NOT_STARTED.has(answer.code),
  });
}

export function mapCode(status: number, minioCode: string, message: string): MadminErrorCode {
  const rule = RULES.find((rule) => rule.codes.includes(minioCode) && (rule.text?.test(message) ?? true));
  if (rule) return rule.as;
  return BY_STATUS[status] ?? (status >= 400 && status < 500 ? 'invalid' : 'internal');
}

interface ErrorBody {
  code: string;
  message: string;
  requestId: string;
}

/** The admin API answers in JSON, MinIO's global middleware and STS in two kinds of XML, a proxy in any format. */
export function parseErrorBody(body: Uint8Array): ErrorBody {
  const text = Buffer.from(body.subarray(0, 65_536)).toString('utf8').trim();
  if (text.startsWith('{')) return pick(tryParse(text, (json) => JSON.parse(json) as unknown));
  if (!text.startsWith('<')) return pick(undefined);
  const root = asRecord(tryParse(text, parseXml));
  const sts = asRecord(root.ErrorResponse);
  return pick(sts.Error ? { ...asRecord(sts.Error), RequestId: sts.RequestId } : root.Error);
}

function pick(value: unknown): ErrorBody {
  const { Code, Message, RequestId } = asRecord(value);
  return {
    code: token(Code),
    message: typeof Message === 'string' ? Message : '',
    requestId: token(RequestId),
  };
}

/** Codes and ids are single words; anything else did not come from MinIO and is not repeated. */
function token(value: unknown): string {
  return typeof value === 'string' && /^[\w.:-]{1,100}$/.test(value) ? value : '';
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function tryParse(text: string, parse: (text: string) => unknown): unknown {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { mapCode, parseErrorBody, refusalError } from '../../../src/madmin/errors.js';

const json = (Code: string, Message: string): string =>
  JSON.stringify({
    Code,
    Message,
    Resource: '/minio/admin/v3/x',
    RequestId: '18EA310218F3A477',
    HostId: 'aa',
  });
const sts = (code: string, message: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error>` +
  `<Type></Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>18EA310216395A88</RequestId></ErrorResponse>`;
const xml = (code: string, message: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message>` +
  `<Resource>/</Resource><RequestId>18EA31021694C6BD</RequestId><HostId>aa</HostId></Error>`;

/** As recorded from a server: status, body, what it means. */
const RECORDED: [number, string, string][] = [
  [
    403,
    sts('AccessDenied', 'The Access Key Id you provided does not exist in our records.'),
    'unknown_access_key',
  ],
  [
    403,
    sts('AccessDenied', 'The request signature we calculated does not match the signature you provided.'),
    'signature_mismatch',
  ],
  [
    403,
    sts('AccessDenied', 'Your account is disabled; please contact your administrator.'),
    'account_disabled',
  ],
  [403, sts('AccessDenied', 'Access Denied.'), 'denied'],
  [
    403,
    xml(
      'RequestTimeTooSkewed',
      'The difference between the request time and the server&#39;s time is too large.',
    ),
    'clock_skew',
  ],
  [400, sts('InvalidParameterValue', 'invalid token expiry'), 'invalid'],
  [
    403,
    json('InvalidAccessKeyId', 'Your account is disabled; please contact your administrator.'),
    'account_disabled',
  ],
  [
    403,
    json('InvalidAccessKeyId', 'The Access Key Id you provided does not exist in our records.'),
    'unknown_access_key',
  ],
  [
    403,
    json('SignatureDoesNotMatch', 'The request signature we calculated does not match.'),
    'signature_mismatch',
  ],
  [404, json('XMinioInvalidIAMCredentials', 'The specified service account is not found'), 'not_found'],
  [
    403,
    json('XMinioInvalidIAMCredentials', 'Credential is not allowed to be same as admin access key'),
    'denied',
  ],
  [
    400,
    json('XMinioAdminPolicyChangeAlreadyApplied', 'The specified policy change is already in effect.'),
    'already_applied',
  ],
  [400, json('XMinioIAMPolicyInUse', 'The policy cannot be removed, as it is in use'), 'conflict'],
  [400, json('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed object size.'), 'too_large'],
  [426, json('XMinioAdminVersionMismatch', 'This API is not supported'), 'unsupported'],
  [500, json('InternalError', 'We encountered an internal error. (Specified group is disabled)'), 'conflict'],
  [
    500,
    json('InternalError', 'We encountered an internal error. (invalid service account expiration)'),
    'invalid',
  ],
  [
    500,
    json('InternalError', 'An internal error. (inbuilt policy `readonly` not allowed to be deleted)'),
    'denied',
  ],
  [500, json('InternalError', 'We encountered an internal error, please try again.'), 'internal'],
  [503, json('XMinioServerNotInitialized', 'Server not initialized yet, please try again.'), 'unavailable'],
  [502, '<html><h1>502 Bad Gateway</h1></html>', 'unavailable'],
  [404, '404 page not found', 'not_found'],
  [409, json('NoSuchThing', 'codes of another server go by the status'), 'conflict'],
];

const refusal = (status: number, body: string | Uint8Array, write: boolean, secret = false) =>
  refusalError({ verb: 'users.add', status, body: Buffer.from(body), write, secret });

describe('errors', () => {
  const named = RECORDED.map(([status, body, code]) => ({
    status,
    body,
    code,
    says: parseErrorBody(Buffer.from(body)),
  }));
  it.each(named)('$status $says.code is $code: $says.message', ({ status, body, code }) => {
    const error = refusal(status, body, false);
    expect(error).toMatchObject({ code, status });
    expect(error.retryable).toBe(code === 'unavailable');
  });

  it('know code, message and request of all three kinds of answer', () => {
    const message = "the server's time";
    expect(parseErrorBody(Buffer.from(json('A', message)))).toMatchObject({ code: 'A', message });
    expect(parseErrorBody(Buffer.from(sts('B', message)))).toEqual({
      code: 'B',
      message,
      requestId: '18EA310216395A88',
    });
    expect(parseErrorBody(Buffer.from(xml('C', 'the server&#39;s time')))).toEqual({
      code: 'C',
      message,
      requestId: '18EA31021694C6BD',
    });
  });

  it('say whether a write may have been applied', () => {
    const unknown = (status: number, code: string, write = true) =>
      refusal(status, json(code, 'x'), write).outcomeUnknown;
    expect(unknown(504, '')).toBe(true);
    expect(unknown(500, 'InternalError')).toBe(true);
    expect(unknown(503, 'SlowDownWrite')).toBe(true);
    expect(unknown(503, 'XMinioServerNotInitialized')).toBe(false);
    expect(unknown(400, 'XMinioAdminInvalidArgument')).toBe(false);
    expect(unknown(500, 'InternalError', false)).toBe(false);
    expect(refusal(500, json('InternalError', '(Specified group is disabled)'), true).outcomeUnknown).toBe(
      false,
    );
  });

  it('repeat the reason only of calls without a secret, and never in the message', () => {
    const body = json('XMinioAdminConfigBadJSON', 'unexpected "hunter2-secret"');
    expect(refusal(400, body, true, false).reason).toBe('unexpected "hunter2-secret"');
    expect(refusal(400, body, true, true).reason).toBeUndefined();
    expect(refusal(400, body, true, false).message).toBe('users.add: invalid (400 XMinioAdminConfigBadJSON)');
    const signed = json('SignatureDoesNotMatch', 'we calculated 0123abcd');
    expect(refusal(403, signed, true, false).reason).toBeUndefined();
  });

  it('come out of any answer at all, and take nothing from it but single words', () => {
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      fc.string().map((inner) => `<Error><Code>${inner}</Code></Error>`),
      fc.string().map((inner) => `<${inner}`),
      fc.string().map((inner) => JSON.stringify({ Code: inner, Message: { a: 1 }, RequestId: inner })),
    );
    const property = fc.property(fc.integer({ min: 300, max: 599 }), text, (status, body) => {
      const { message, code } = refusal(status, body, true, true);
      expect(message).toMatch(new RegExp(`^users\\.add: ${code} \\(${status}( [\\w.:-]+)?\\)$`));
    });
    fc.assert(property, { numRuns: 500 });
  });

  it('go by the status where the code is unknown', () => {
    expect(mapCode(400, 'Whatever', '')).toBe('invalid');
    expect(mapCode(301, '', '')).toBe('internal');
    expect(mapCode(429, '', '')).toBe('unavailable');
  });
});

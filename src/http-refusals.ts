import { randomUUID } from 'node:crypto';
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { Logger } from '@nestjs/common';
import { bodyOf } from './common/problems/problem.filter.js';
import { Problem } from './common/problems/problem.js';

const logger = new Logger('Request');

/** Requests that Node itself refuses, by error code. Everything else is not HTTP. */
const REFUSALS: Record<string, Problem> = {
  HPE_HEADER_OVERFLOW: new Problem('headers_too_large', 'URL and headers may have at most 16 KiB'),
  HPE_CHUNK_EXTENSIONS_OVERFLOW: new Problem('payload_too_large', 'A body may have at most 65536 bytes'),
  ERR_HTTP_REQUEST_TIMEOUT: new Problem('request_timeout', 'A request may take at most 30 seconds to arrive'),
};
const NO_HTTP = new Problem('malformed_request', 'The request could not be read: it is not HTTP');
const NO_EXPECTATION = new Problem('expectation_failed', 'The only supported expectation is 100-continue');

/** Answers requests that Node's parser refuses before they reach fastify. Node's own answer has no body. */
export function refuseUnread(error: Error & { code?: string }, socket: Socket): void {
  const begun = (socket as Socket & { _httpMessage?: ServerResponse })._httpMessage?.headersSent === true;
  if (error.code === 'ECONNRESET' || !socket.writable || begun) return void socket.destroy();
  const { problem, headers, body } = answerTo(REFUSALS[error.code ?? ''] ?? NO_HTTP, error.code);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const head = [`HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}`, ...lines];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

/** Answers an `Expect` header other than `100-continue`. */
export function refuseExpectation(_: IncomingMessage, response: ServerResponse): void {
  const { problem, headers, body } = answerTo(NO_EXPECTATION, 'expect');
  response.writeHead(problem.status, headers).end(body);
}

function answerTo(problem: Problem, reason: string | undefined) {
  const requestId = randomUUID();
  const body = JSON.stringify(bodyOf(problem, requestId));
  logger.log({ request_id: requestId, status: problem.status, reason }, 'refused');
  const headers = {
    'content-type': 'application/problem+json',
    'content-length': String(Buffer.byteLength(body)),
    'x-request-id': requestId,
    'x-content-type-options': 'nosniff',
    connection: 'close',
  };
  return { problem, headers, body };
}

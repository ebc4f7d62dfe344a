import type { Notice, NoticedRequest } from './notice.js';

/** Subject and text of the mail for a notice. */
export function mailOf({ type, request }: Pick<Notice, 'type' | 'request'>): {
  subject: string;
  text: string;
} {
  const lines = type === 'access_request.created' ? asking(request) : decided(request);
  return { subject: subjectOf(type, request), text: `${lines.join('\n')}\n` };
}

function subjectOf(type: Notice['type'], request: NoticedRequest): string {
  if (type === 'access_request.created') return `${request.requester} asks for access: ${objectOf(request)}`;
  return `Your request was ${request.state}: ${objectOf(request)}`;
}

function asking(request: NoticedRequest): string[] {
  return [
    `${request.requester} asks for the ${levelOf(request)}. You can decide.`,
    ...['', 'Reason:', ...quoted(request.reason), ''],
    `In a terminal: lake approve ${request.id.slice(0, 8)}, or lake deny ${request.id.slice(0, 8)}`,
    `In a notebook: approve("${request.id.slice(0, 8)}"), or deny("${request.id.slice(0, 8)}")`,
    `In the API: POST /access-requests/${request.id}/approve, or .../deny`,
  ];
}

function decided(request: NoticedRequest): string[] {
  const by = request.decided_by === null ? '' : ` by ${request.decided_by}`;
  const given = request.granted === null ? [] : [`You have it as: ${request.granted}`];
  return [
    `Your request for the ${levelOf(request)} was ${request.state}${by}.`,
    ...given,
    ...['', 'Your reason was:', ...quoted(request.reason)],
    ...['', `Request ${request.id}`],
  ];
}

function levelOf(request: NoticedRequest): string {
  const level = request.group === undefined ? `permission ${request.permission}` : `role ${request.role}`;
  return `${level}: ${objectOf(request)}`;
}

function objectOf({ path, group }: NoticedRequest): string {
  return group === undefined ? (path ?? '') : `group ${group}`;
}

/** What a person wrote is told apart from what this service says. */
function quoted(text: string): string[] {
  return text.split(/\r\n|\r|\n/).map((line) => `> ${line}`);
}

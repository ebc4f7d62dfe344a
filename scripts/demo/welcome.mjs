// What the demo tells people when it is ready: where everything is, who is there, what to try first, what is known against its MinIO.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { releaseOf } from '../minio-binary.mjs';
import { ROOT } from '../node.mjs';
import { stateFile } from './state.mjs';

export const BAR = '='.repeat(100);

const WHO = {
  alice: 'owner of group KBase; shares reports/ with it and notes/ with bob',
  bob: 'member of KBase; has asked to read in group CDM_Science',
  carol: 'reads in CDM_Science',
  dave: "owner of CDM_Science: bob's request waits for him",
  admin: 'an administrator',
};

/**
 * @typedef {{ tokens: Record<string, string>, ports: import('./settings.mjs').Ports, authUrl: string, dataDir: string,
 *   time: import('./time/demo-time.mjs').DemoTime }} Demo
 * @param {Demo} demo
 * @returns {string}
 */
export function welcome(demo) {
  const { tokens, ports, authUrl, dataDir } = demo;
  const { url, minio, proxy, console: consolePort } = ports;
  const width = tokens.admin.length + 'ADMIN_TOKEN='.length;
  const token = (name) =>
    `  export ${`${name === 'admin' ? 'ADMIN_TOKEN' : 'TOKEN'}=${tokens[name]}`.padEnd(width)}  # ${name}: ${WHO[name]}`;
  return [
    BAR,
    `DEMO is ready.  the page       ${url}/ui/   (log in as any of them by a click)`,
    `                Swagger UI     ${url}/docs`,
    `                MinIO          http://127.0.0.1:${proxy ?? minio}`,
    `                MinIO console  http://127.0.0.1:${consolePort}   (log in with the pair from the first command)`,
    `                login service  ${authUrl}   (a stand-in)`,
    `                keys, tokens   ${stateFile(dataDir)}`,
    '',
    'A token for each, to be sent as `Authorization: Bearer $TOKEN`, or pasted into Authorize in Swagger UI:',
    ...Object.keys(WHO).map(token),
    `  export MINIO_MANAGER_URL=${url}  # for \`lake\` and the Python client`,
    '',
    'Try, in another terminal:',
    ...first(tokens, url),
    '',
    ...next(demo),
    '',
    'Ctrl-C stops everything.',
    BAR,
  ].join('\n');
}

/** Each line works as it stands. */
function first(tokens, url, { LAKE_BUCKET = 'cdm-lake', USERS_PREFIX = 'users-warehouse' } = process.env) {
  const reports = `s3a://${LAKE_BUCKET}/${USERS_PREFIX}/alice/reports/`;
  const get = (name, path) => `  curl -s -H "Authorization: Bearer ${tokens[name]}" ${url}${path}`;
  const post = (name, path) => get(name, path).replace('-s', '-s -X POST');
  return [
    "  # alice's key pair, with a new secret: for S3 clients and MinIO's console",
    post('alice', '/users/alice'),
    '  # a session of hers, which ends by itself',
    post('alice', '/users/alice/sessions'),
    '  # who reaches her reports, and why',
    get('alice', `/access?path=${reports}`).replace(/(\S+)$/, '"$1"'),
    '  # what waits for dave: POST /access-requests/{id}/approve or /deny decides it',
    get('dave', '/access-requests?role=owner&state=open').replace(/(\S+)$/, '"$1"'),
    '  # is all well? the worst first',
    get('admin', '/admin/doctor'),
  ];
}

/**
 * A golden path that ends well with what is there, and how to have more. Each command works as it stands, in the folder of the project.
 * @param {Demo} demo @returns {string[]}
 */
export function next({ tokens, ports: { url }, time }) {
  const { openBao, postgres, gitea, kubernetes } = time;
  const has = (...parts) => parts.every((part) => part.isRunning());
  const hasData = has(openBao, postgres);
  const given = ['team=KBase-Field', 'bucket_name=kbase-field', ...(hasData ? ['db_name=kbase-field'] : [])];
  const parameters = [...given, 'members=bob'].map((each) => `--param ${each}`).join(' ');
  const as = `MINIO_MANAGER_URL=${url} MINIO_MANAGER_TOKEN=${tokens.alice} npx minio-managerctl`;
  return [
    'A golden path, in the folder of the project (`undo RUN` instead of `run ...` takes it back):',
    `  # alice gives bob, and others of KBase, ${hasData ? 'a group, a bucket, a database and secrets in the vault' : 'a group and a bucket'}`,
    `  ${as} run onboard-data-team --team KBase ${parameters} --follow`,
    ...(has(...time.parts)
      ? [
          '  # and an application of theirs gets a repository, a namespace, a bucket, a database and secrets. Nothing runs in this Kubernetes: the demo',
          '  # says what the Vault Secrets Operator and ArgoCD would say',
          `  ${as} run onboard-dev-team --team KBase --param app_name=kbase-shop --follow`,
          `  # the repositories: ${gitea.url}/teams, with the user and password of ${gitea.keysFile}`,
          `  # the cluster: curl -s --cacert ${kubernetes.caFile} -H "Authorization: Bearer $(cat ${kubernetes.keysFile})" ${kubernetes.url}/api/v1/namespaces`,
        ]
      : []),
    ...(hasData
      ? [`  # the secrets: ${openBao.url}/ui, with the root_token of ${openBao.keysFile}`]
      : [
          '  # with databases and secrets, and with repositories and namespaces where this machine has Gitea and Kubernetes: starts them beside the demo',
          '  npx minio-managerctl demo-time',
        ]),
  ];
}

/** What is known against the MinIO that was found: whoever takes the demo for more should know. */
export async function holes(binary, { proxy }) {
  const module = pathToFileURL(join(ROOT, 'dist', 'minio', 'probes', 'advisories.js')).href;
  const { lacking, releaseDay } = await import(module);
  const day = releaseDay(releaseOf(binary) ?? '');
  const known = day === undefined ? [] : lacking(day).map(({ id }) => id);
  const shield = proxy
    ? 'The proxy before it refuses what can be refused.'
    : 'DEMO_PROXY=1 puts the proxy of deploy/proxy before it (needs nginx).';
  if (day === undefined)
    return `This MinIO names no release: GET /admin/doctor probes it for known holes. ${shield}`;
  if (known.length === 0) return 'This MinIO is as new as every fix that is known.';
  return `This MinIO lacks the fixes of ${known.join(', ')}: bearable on this machine alone, see docs/security.md. ${shield}`;
}

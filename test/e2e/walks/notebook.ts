import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PythonSession } from '../../support/clients/python-session.js';
import { ROOT } from '../../../scripts/node.mjs';
import { Terminal } from '../../support/walks/pages.js';
import { INSTALL_MS, installed } from './installation.js';
import type { Place } from './place.js';

/** What a notebook shows under a cell; `error`: the lines of it. */
interface Shown {
  text: string;
  html: string;
  error: string[];
}

const KERNEL = readFileSync(join(ROOT, 'test', 'e2e', 'walks', 'kernel.py'), 'utf8');
const HOME = 's3a://cdm-lake/users-warehouse/bob/';
/** The examples of the pages are alice's: bob reads himself where they say alice, and alice where they say bob. */
const asBob = (text: string) => text.replaceAll(/alice|bob/g, (name) => (name === 'bob' ? 'alice' : 'bob'));

/** bob, with docs/notebooks.md and a kernel that nobody has used. */
export function notebook(place: Place): void {
  let python: PythonSession;
  let shell: Terminal;

  const cell = (code: string): Promise<Shown> => python.run(`result = cell(${JSON.stringify(code)})`);
  /** What a cell shows; fails if it shows an error. */
  const shows = async (code: string): Promise<Shown> => {
    const shown = await cell(code);
    expect([code, shown.error]).toEqual([code, []]);
    return shown;
  };

  beforeAll(async () => {
    const { python: program, path, compiled } = await installed(place, 'notebooks.md');
    python = new PythonSession(program, { PATH: path, PYTHONPATH: '', ...compiled });
    shell = new Terminal(python.home, { PATH: path, TOKEN: place.token('bob'), ...compiled });
    await python.run(KERNEL);
  }, INSTALL_MS);
  afterAll(async () => {
    await python?.run('end()');
    await python?.stop();
  });

  it('without a log in, a cell says in one line what is missing', async () => {
    await shows('%load_ext minio_manager.notebook');
    const { error } = await cell('my_home()');
    expect(error).toEqual([expect.stringMatching(/^ConfigurationError: no service is named.*lake login/)]);
  });

  it('`lake login` is enough for the running kernel', async () => {
    await shell.run(`printf '%s\\n' "$TOKEN" | lake login --url ${place.url}`);
    expect(await shell.run('lake whoami')).toContain(HOME);
    expect((await shows('my_home()')).text).toBe(`'${HOME}'`);
    expect(
      (await shows('import os; sorted(name for name in os.environ if "AWS_" in name and "META" not in name)'))
        .text,
    ).toBe('[]');
  });

  it('every block of the page, from top to bottom', async () => {
    const ask = { path: `${HOME}reports/`, permission: 'write', reason: 'to mend a typing error' };
    const { id } = await place.ask('alice', '/access-requests', ask);
    const blocks = place.page('docs/notebooks.md');
    expect(blocks.length).toBeGreaterThan(20);
    for (const { language, text, line } of blocks) {
      expect([line, language]).toEqual([line, 'python']);
      const { error } = await cell(asBob(text));
      expect([line, text, error]).toEqual([line, text, []]);
    }
    const { items } = await place.ask('alice', '/access-requests?role=requester');
    expect(items.find((each: any) => each.id === id)).toMatchObject({
      state: 'approved',
      granted: 'read',
      decided_by: 'bob',
    });
  });

  it('pandas and pyarrow have written what others read', async () => {
    const table = await shows(
      'lake.read("~/reports/reads.parquet")["reads"].sum(), lake.read_table("~/reports/table.parquet").num_rows',
    );
    expect(table.text).toMatch(/218.*2/);
    const files = await shows('my_files("~/reports/")');
    expect(files.text).toMatch(/reads\.parquet\s+\d+[\s\S]*table\.parquet\s+\d+/);
  });

  it('a table says who, by what and until when, in text and in HTML', async () => {
    await shows(
      'share("~/walk/", with_group="KBase"); share("~/walk/", with_user="alice", permission="write", until="30d")',
    );
    const { text, html } = await shows('who_can_read("~/walk/")');
    const rows = text.split('\n').map((row) => row.trim().replaceAll(/\s{2,}/g, ' | '));
    expect(rows).toEqual([
      `${HOME}walk/: who can read`,
      'who | may | because of',
      'group KBase (2) | read | group KBase: read',
      expect.stringMatching(/^alice \| write \| .*: write until \d{4}-\d\d-\d\d \d\d:\d\d UTC/),
      'bob | write | owner: write',
    ]);
    const cells = [...html.matchAll(/<t[dh] [^>]*>([^<]*)</g)].map(([, content]) => content);
    expect(cells.slice(0, 4)).toEqual(['who', 'may', 'because of', 'group KBase (2)']);
    expect(html).toMatch(/^<div><p><b>s3a:[^<]*<\/b><\/p><table>.*<\/table><\/div>$/);
    await shows('share("~/walk/", with_user="alice", reason="<script>alert(1)</script>")');
    const shares = await shows('my_shares()');
    expect(shares.html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(shares.html).not.toContain('<script');
  });

  it('a share that some get and others do not says who and why, in sentences', async () => {
    const { text } = await shows('share("~/walk/", with_user=["alice", "ada"])');
    expect(text).toMatch(/alice\s+user\s+changed/);
    expect(text).toMatch(/ada\s+user\s+refused\s+ada has not logged in yet/);
    const waits = await shows('share("~/walk/", with_user="ada", await_login=True)');
    expect(waits.text).toMatch(/ada\s+user\s+waiting\s+.*\d{4}-\d\d-\d\d/);
    expect((await shows('my_shares()')).text).toContain('ada, who has not logged in yet');
  });

  it.each([
    ['a refusal of everybody', 'share("~/walk/", with_user="eve")', /eve has not logged in yet/],
    ['a path that is none', 'share("reports/", "KBase")', /write "~\/reports\/" for your own/],
    ['a path that is a pattern', 'share("~/walk/*", "KBase")', /path: .*\[422 unprocessable\]$/],
    ['a path that the shell has changed', 'share("/root/reports/", "KBase")', /~\/reports\//],
    ['an end that is none', 'share("~/walk/", "KBase", until="soon")', /"30d"/],
    ['a group that nobody knows', 'share("~/walk/", "Nobodys")', /no group of this name that you can see/],
    ['a magic that lacks something', '%share ~/walk/ --until', /usage: %share/],
    [
      'the file of somebody else',
      'lake.read("s3a://cdm-lake/users-warehouse/carol/x.csv")',
      /neither your own nor shared/,
    ],
  ])('is one line that says what to do: %s', async (_, code, says) => {
    const { error } = await cell(code);
    expect(error.join('\n').split('\n')).toEqual([expect.stringMatching(says)]);
    // said once: what was wrong is in the text only one time
    const [, rule = 'none'] = /path: (.{12,}?)(?: \(| \[|$)/.exec(error[0] ?? '') ?? [];
    expect((error[0] ?? '').split(rule).length).toBeLessThan(3);
  });

  it('an error that is not ours still shows where it happened', async () => {
    expect((await cell('undefined_name')).error.length).toBeGreaterThan(1);
  });

  it('what others share is there without one’s own; a request says who decides', async () => {
    const { text } = await shows('shared_with_me()');
    expect(text).toContain('alice, to group KBase');
    expect(text).not.toContain(HOME);
    expect((await shows('my_groups()')).text).toMatch(/KBase\s+KBase Knowledgebase\s+member/);
    const asked = await shows('request_access("s3a://cdm-lake/users-warehouse/carol/plan/", "for the plan")');
    expect(asked.text).toMatch(/decided by[\s\S]*carol/);
    expect((await shows('my_requests()')).text).toMatch(/bob\s+group CDM_Science\s+reader\s+open\s+dave/);
  });
}

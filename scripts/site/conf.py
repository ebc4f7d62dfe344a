"""Settings of Sphinx for the site; build.mjs runs it on a copy of the pages."""

import posixpath
import re

project = 'minio-manager'
author = ''
copyright = ''
extensions = ['myst_parser']
source_suffix = {'.md': 'markdown'}
root_doc = 'docs/README'
myst_heading_anchors = 4
# a fence of these languages is text to Pygments, not a fault
suppress_warnings = ['misc.highlighting_failure']
nitpicky = True

html_theme = 'furo'
html_title = 'minio-manager'
html_show_sphinx = False
html_show_copyright = False
html_copy_source = False
html_show_sourcelink = False
html_last_updated_fmt = None

LINK = re.compile(r'\]\((?!https?:)([^)\s#]+\.md)(?:#[^)\s]*)?\)')
DECISIONS = 'docs/adr/README'
PICTURES = 'docs/pictures-of-the-page'


def _pages(text, docname):
    """The pages that a text links to, in order, each once."""
    folder = posixpath.dirname(docname)
    found = [posixpath.normpath(posixpath.join(folder, link))[: -len('.md')] for link in LINK.findall(text)]
    return list(dict.fromkeys(found))


def _sections(env):
    """The sections of the index with their pages: who reads them, and what."""
    text = env.doc2path(root_doc)
    with open(text, encoding='utf-8') as file:
        first, *parts = re.split(r'^## ', file.read(), flags=re.MULTILINE)
    sections = {part.split('\n', 1)[0]: _pages(part, root_doc) for part in parts}
    sections['Words'] = _pages(first, root_doc)
    seen = set()
    for caption, pages in sections.items():
        if PICTURES in env.found_docs and 'docs/page' in pages:
            pages.insert(pages.index('docs/page') + 1, PICTURES)
        sections[caption] = [page for page in pages if not (page in seen or seen.add(page))]
    return sections


def _tree(pages, caption=''):
    name = f':caption: {caption}\n' if caption else ''
    listed = '\n'.join(f'/{page}' for page in pages)
    return f'\n\n```{{toctree}}\n:hidden:\n:maxdepth: 1\n{name}\n{listed}\n```\n'


def _navigation(app, docname, source):
    """Adds to a page what Sphinx must know and what the page itself need not say."""
    sections = _sections(app.env)
    known = {page for pages in sections.values() for page in pages}
    if docname == root_doc:
        source[0] += ''.join(_tree(pages, caption) for caption, pages in sections.items())
    elif docname == DECISIONS:
        source[0] += _tree(page for page in _pages(source[0], docname) if page.startswith('docs/adr/'))
    elif docname not in known and not docname.startswith('docs/adr/'):
        source[0] = f'---\norphan: true\n---\n\n{source[0]}'


def setup(app):
    app.connect('source-read', _navigation)
    return {'parallel_read_safe': True}

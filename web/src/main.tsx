import { render } from 'preact';
import { App } from './app/app.tsx';
import { loadSession } from './app/session.ts';
import './styles/tokens.css';
import './styles/base.css';
import './styles/frame.css';
import './styles/parts.css';
import './styles/runs.css';
import './styles/admin.css';

const root = document.getElementById('page');
if (!root) throw new Error('the page has no place to be');
render(<App />, root);
void loadSession();

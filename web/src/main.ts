import './styles/tokens.css';
import './styles/base.css';
import './styles/ansi.css';
import { mount } from 'svelte';
import App from './App.svelte';
import { router } from './router/router.svelte';
import { clock } from './state/clock.svelte';
import { live } from './state/live.svelte';
import { session } from './state/session.svelte';

const target = document.getElementById('app');
if (target === null) throw new Error('the document has no #app');
router.start();
clock.start();
live.start();
session.start();
mount(App, { target });

/** The app: its screens, the tabs between them, and the service worker behind them. */
import { byId, h, replace } from './dom.js';
import { type IconName, icon } from './icons.js';
import { currentMember, keepsDoor, onMemberChange } from './member.js';
import { type Routes, reopen, startRouter } from './router.js';
import { openAccount } from './screens/account.js';
import { openBuy } from './screens/buy.js';
import { openDoor } from './screens/door.js';
import { openGym } from './screens/gym.js';
import { openGyms } from './screens/gyms.js';
import { openPass } from './screens/pass.js';
import { openPasses } from './screens/passes.js';
import { openRegister, openSignIn } from './screens/sign-in.js';

const routes: Routes = {
  '/': openGyms,
  '/gyms/:gym': openGym,
  '/gyms/:gym/buy/:offer': openBuy,
  '/passes': openPasses,
  '/passes/:pass': openPass,
  '/door': openDoor,
  '/account': openAccount,
  '/sign-in': openSignIn,
  '/register': openRegister,
};

type Tab = readonly [href: string, label: string, icon: IconName, paths: RegExp];

function tabs(): Tab[] {
  const member = currentMember();
  return [
    ['/', 'Gyms', 'place', /^\/(gyms|$)/],
    ['/passes', 'Passes', 'pass', /^\/passes/],
    ...(keepsDoor(member) ? [['/door', 'Door', 'door', /^\/door/] satisfies Tab] : []),
    member
      ? ['/account', 'Account', 'person', /^\/account/]
      : ['/sign-in', 'Sign in', 'person', /^\/(sign-in|register)/],
  ];
}

function showTabs(): void {
  const links = tabs().map(([href, label, name, paths]) => {
    const here = paths.test(location.pathname);
    return h('a', { href, 'aria-current': here ? 'page' : undefined }, icon(name), h('span', {}, label));
  });
  replace(byId('tabs'), links);
}

function showConnection(): void {
  byId('offline').hidden = navigator.onLine;
}

/** The worker answers with what it has seen, and says when the server has something newer. */
function startWorker(): void {
  if (!('serviceWorker' in navigator)) return;
  void navigator.serviceWorker.register('/worker.js', { type: 'module' });
  navigator.serviceWorker.addEventListener('message', ({ data }) => {
    if (data !== 'newer') return;
    const show = h('button', { type: 'button', class: 'button quiet' }, 'Show');
    show.addEventListener('click', reopen);
    replace(byId('notice'), h('p', {}, 'There is something newer.'), show);
  });
}

onMemberChange(showTabs);
document.addEventListener('screen', () => {
  showTabs();
  replace(byId('notice'));
});
addEventListener('online', showConnection);
addEventListener('offline', showConnection);
showConnection();
startRouter(routes);
startWorker();

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
import { openSale, openSales } from './screens/sales.js';
import { openRegister, openSignIn } from './screens/sign-in.js';
import { openStaff } from './screens/staff.js';
import { language, say } from './words.js';

const routes: Routes = {
  '/': openGyms,
  '/gyms/:gym': openGym,
  '/gyms/:gym/buy/:offer': openBuy,
  '/gyms/:gym/sales': openSales,
  '/gyms/:gym/staff': openStaff,
  '/sales/:sale': openSale,
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
    ['/', say('Gyms'), 'place', /^\/($|gyms(?!\/[^/]+\/(sales|staff)))/],
    ['/passes', say('Passes'), 'pass', /^\/passes/],
    ...(keepsDoor(member)
      ? [['/door', say('Door'), 'door', /^\/(door|sales|gyms\/[^/]+\/(sales|staff))/] satisfies Tab]
      : []),
    member
      ? ['/account', say('Account'), 'person', /^\/account/]
      : ['/sign-in', say('Sign in'), 'person', /^\/(sign-in|register)/],
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
    const show = h('button', { type: 'button', class: 'button quiet' }, say('Show'));
    show.addEventListener('click', reopen);
    replace(byId('notice'), h('p', {}, say('There is something newer.')), show);
  });
}

/** What the page says before the app has started is English. */
function translatePage(): void {
  document.documentElement.lang = language;
  byId('offline').textContent = say('Offline');
  byId('tabs').setAttribute('aria-label', say('Main'));
  const skip = document.querySelector('.skip');
  if (skip) skip.textContent = say('Skip to the content');
}

translatePage();
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

/** Where the member is signed in: every session, and the way to end those that are not this one. */
import type { AccountSession } from '@palestra/client';
import { client } from '../client.js';
import { type Child, h, replace } from '../dom.js';
import { isAborted, sentenceOf } from '../failure.js';
import { type Action, perform } from '../form.js';
import { moment } from '../format.js';
import { announce } from '../live.js';
import { say } from '../words.js';

/** Asked for when it is opened. */
export function sessionsCard(signal: AbortSignal): Child {
  const alert = h('p', { class: 'error', role: 'alert' });
  const list = h('ul', { class: 'list', 'aria-label': say('Where you are signed in') });
  const others = h('button', { type: 'button', class: 'button quiet wide', hidden: true }, say('End all others'));

  async function load(): Promise<void> {
    try {
      const sessions = await client.profile.sessions.list({ signal });
      replace(
        list,
        sessions.map((session) => h('li', {}, row(session))),
      );
      others.hidden = sessions.every(({ current }) => current);
    } catch (error) {
      if (!isAborted(error)) replace(alert, sentenceOf(error));
    }
  }

  function end(action: Action, work: () => Promise<void>, done: string): void {
    void perform(action, async () => {
      await work();
      await load();
      announce(done);
    });
  }

  function row({ _id, current, agent, ip, lastUsedDate }: AccountSession): Child {
    const button = h('button', { type: 'button', class: 'button quiet' }, say('End'));
    button.addEventListener('click', () => {
      end({ button, alert }, () => client.profile.sessions.end(_id), say('The session is ended'));
    });
    return h(
      'div',
      { class: 'card' },
      h(
        'span',
        { class: 'text' },
        h('strong', {}, current ? say('This device') : ip),
        h('span', { class: 'small' }, say('last used {moment}', { moment: moment(lastUsedDate) })),
        agent !== null && h('span', { class: 'muted small' }, agent),
      ),
      !current && button,
    );
  }

  others.addEventListener('click', () => {
    end({ button: others, alert }, () => client.profile.sessions.endOthers(), say('All other sessions are ended'));
  });
  const card = h(
    'details',
    { class: 'card fold' },
    h('summary', {}, say('Where you are signed in')),
    h('div', { class: 'stack' }, list, alert, others),
  );
  card.addEventListener('toggle', () => {
    if (card.open) void load();
  });
  return card;
}

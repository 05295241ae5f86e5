// The channels of the lobby: which exist, in which the bot is, and the way back from one without it.

import { element } from './card.js';
import { sameName } from './irc.js';

// The part of an address that leads to a channel.
export const addressOf = (channel) => `#${encodeURIComponent(channel.slice(1))}`;

export class Rooms {
  // elements: {list, bar, barText, back}
  constructor(elements) {
    Object.assign(this, elements);
    this.rooms = [];
  }

  // rooms: [{name, people, hasBot}], in the server's order
  describe(rooms, current) {
    this.rooms = [...rooms].sort((a, b) => b.hasBot - a.hasBot);
    if (current && !this.find(current)) this.rooms.push({ name: current, people: 1, hasBot: false });
    this.list.replaceChildren(...this.rooms.map((room) => this.#node(room, current)));
  }

  // The number of people in the current channel, as they come and go.
  count(name, people) {
    const room = this.find(name);
    if (!room || room.people === people) return;
    room.people = people;
    this.describe(this.rooms, name);
  }

  find(name) {
    return this.rooms.find((room) => sameName(room.name, name));
  }

  #node({ name, people, hasBot }, current) {
    const anchor = element('a', { href: addressOf(name) }, element('span', { className: 'room-name', dir: 'auto' }, name));
    if (sameName(name, current)) anchor.setAttribute('aria-current', 'page');
    if (!hasBot) anchor.append(element('span', { className: 'badge quiet' }, 'no bot'));
    anchor.append(element('span', { className: 'room-people', title: `${people} here` }, element('span', { className: 'unseen' }, ', '), String(people),
      element('span', { className: 'unseen' }, ' here')));
    return element('li', {}, anchor);
  }

  // Say that the bot is not in a channel; hasBot undefined: not known yet.
  tell({ channel, hasBot, bot, home, isNew }) {
    this.bar.hidden = hasBot !== false;
    if (hasBot !== false) return;
    const where = sameName(home, channel) ? '' : `, but it answers in ${home}`;
    this.barText.textContent = isNew ? `There was no channel ${channel}, so you opened it. ${bot} isn't here${where}.` : `${bot} isn't in ${channel}${where}.`;
    this.back.hidden = sameName(home, channel);
    this.back.href = addressOf(home);
    this.back.textContent = `Back to ${home}`;
  }
}

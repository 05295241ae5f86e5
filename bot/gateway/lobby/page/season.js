// The strip of a season: which episodes there are, which this person has seen, which one is being told. A click asks.

import { element } from './card.js';

const runsOf = (value) => (Array.isArray(value) ? value : [])
  .filter((run) => Array.isArray(run) && run.length === 3 && run.every(Number.isSafeInteger) && run[2] >= run[1] && run[2] - run[1] < 5000);

const two = (number) => String(number).padStart(2, '0');

// [{season, number, order}] of the runs of a topic (core/topic.h).
export function episodesOf(runs) {
  const episodes = [];
  for (const [season, first, last] of runsOf(runs)) {
    for (let number = first; number <= last; number += 1) episodes.push({ season, number, order: episodes.length + 1 });
  }
  return episodes;
}

export class Season {
  // elements: {strip, only (the name of a single season), seasons (a select), list, calendar (a link)}; onAsk(command without prefix)
  constructor(elements, onAsk) {
    Object.assign(this, elements, { onAsk });
    this.episodes = [];
    this.seasons.addEventListener('change', () => {
      this.season = Number(this.seasons.value);
      this.#show();
    });
    this.list.addEventListener('keydown', (event) => this.#key(event));
  }

  // topic: null in a channel without the bot
  describe(topic) {
    this.topic = topic;
    const episodes = episodesOf(topic?.runs);
    const isOther = episodes.length !== this.episodes.length || topic?.show !== this.name;
    this.episodes = episodes;
    this.name = topic?.show;
    if (isOther) this.current = undefined;
    if (isOther || !this.season) this.season = this.#startAt()?.season;
    this.#show();
  }

  // An answer tells this episode.
  tell(order) {
    const episode = this.episodes[order - 1];
    if (!episode) return;
    this.current = order;
    this.season = episode.season;
    this.#show();
  }

  // The next one to see, or else the first.
  #startAt() {
    return this.episodes[this.topic?.seen ?? 0] ?? this.episodes.at(-1);
  }

  #show() {
    const seasons = [...new Set(this.episodes.map(({ season }) => season))];
    const shown = this.episodes.filter(({ season }) => season === this.season);
    this.strip.hidden = shown.length === 0;
    this.calendar.hidden = !this.topic?.id;
    this.calendar.href = `/calendar/${encodeURIComponent(this.topic?.id ?? '')}.ics`;
    const isOnly = seasons.length < 2;
    this.only.textContent = isOnly ? seasons.map((season) => `Season ${season}`).join() : '';
    this.only.hidden = !isOnly;
    this.seasons.hidden = isOnly;
    this.seasons.replaceChildren(...(isOnly ? [] : seasons).map((season) => element('option', { value: String(season), selected: season === this.season }, `Season ${season}`)));
    const stop = shown.find(({ order }) => order === this.current) ?? shown.find(({ order }) => order > (this.topic?.seen ?? 0)) ?? shown[0];
    const had = this.list.contains(document.activeElement);
    this.list.replaceChildren(...shown.map((episode) => this.#button(episode, episode === stop)));
    const button = this.list.querySelector('[tabindex="0"]');
    if (had) button?.focus();
    if (button) this.list.scrollLeft = button.offsetLeft - this.list.clientWidth / 2 + button.offsetWidth / 2;
  }

  #button({ season, number, order }, isStop) {
    const { seen, aired } = this.topic;
    const state = order === this.current ? 'current' : order <= (seen ?? 0) ? 'seen' : order > aired ? 'ahead' : 'open';
    const words = [`Season ${season}, episode ${number}`, order <= (seen ?? 0) ? 'seen' : '', order > aired ? 'not shown yet' : ''];
    const label = words.filter(Boolean).join(', ');
    const button = element('button', { type: 'button', className: 'number', tabIndex: isStop ? 0 : -1, title: label, ariaLabel: label, dataset: { state } }, String(number));
    if (order === this.current) button.setAttribute('aria-current', 'true');
    button.onclick = () => this.onAsk(`episode s${two(season)}e${two(number)}`);
    return button;
  }

  // A toolbar: one stop of Tab, arrows between its buttons.
  #key(event) {
    const buttons = [...this.list.children];
    const at = buttons.indexOf(document.activeElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (at < 0 || !buttons[to]) return;
    event.preventDefault();
    buttons[at].tabIndex = -1;
    buttons[to].tabIndex = 0;
    buttons[to].focus();
  }
}

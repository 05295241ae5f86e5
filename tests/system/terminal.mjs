// A person's terminal in the container: an interactive shell, in which a person types and reads. script(1) makes it.

import { Process } from '../harness/process.mjs';

const PROMPT = /\[exit (\d+)\]\$ $/;
// Escape sequences, and what the shell erases and writes again.
const ESCAPES = /\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07|\x1b[()=>][AB012]?|\r/g;

export class Terminal extends Process {
  #from = 0;

  // inside: the words that run a command in the container. user: who types.
  constructor(inside, user) {
    const [command, ...words] = [...inside, 'script', '-qec', `su --login ${user}`, '/dev/null'];
    super(command, words, { stdio: ['pipe', 'pipe', 'pipe'] });
  }

  // The shell's first prompt; the later ones say how the last command ended.
  async open() {
    this.#send("PS1='[exit $?]\\$ '; PS2=; stty cols 200; bind 'set enable-bracketed-paste off'\n");
    await this.#prompt(20000);
  }

  #send(text) {
    this.#from = this.mark();
    this.child.stdin.write(text);
  }

  // What is on the screen since the last line was typed.
  screen() {
    return this.log().slice(this.#from).replace(ESCAPES, '');
  }

  // Type a line.
  type(line) {
    this.#send(`${line}\n`);
  }

  press(key) {
    this.#send({ 'Ctrl-C': '\x03', 'Ctrl-D': '\x04' }[key]);
  }

  // Wait until the screen shows it.
  async shows(pattern, ms = 20000) {
    try {
      await this.#when(() => pattern.test(this.screen()), ms);
    } catch {
      throw new Error(`no ${pattern} in ${ms / 1000} s on the screen:\n${this.screen()}`);
    }
    return this.screen().match(pattern);
  }

  async #prompt(ms) {
    const [, code] = await this.shows(PROMPT, ms);
    return Number(code);
  }

  // Type a command, and wait for its end.
  async run(command, ms) {
    this.type(command);
    return this.finished(command, ms);
  }

  // Type a command that asks questions. answers: [pattern of the question's line, what is typed], in any order; a function gets the match.
  async converse(command, answers, ms = 60000) {
    this.type(command);
    let asked = 0;
    for (;;) {
      const rest = () => this.screen().slice(asked);
      const at = () => (PROMPT.test(rest()) ? 'end' : answers.find(([question]) => question.test(rest())));
      try {
        await this.#when(at, ms);
      } catch {
        throw new Error(`"${command}" asks what the walk has no answer to, or does not end:\n${this.screen()}`);
      }
      const found = at();
      if (found === 'end') return this.finished(command);
      const [question, answer] = found;
      const text = typeof answer === 'function' ? answer(rest().match(question)) : answer;
      asked = this.screen().length;
      if (text !== undefined) this.child.stdin.write(`${text}\n`);
    }
  }

  // isInterrupted: by Ctrl-C, which make reports as 130.
  async finished(command, ms = 60000, { isInterrupted = false } = {}) {
    const code = await this.#prompt(ms);
    if (code !== 0 && !(isInterrupted && code === 130)) throw new Error(`"${command}" ended with exit code ${code}:\n${this.screen()}`);
    return this.screen();
  }

  // Poll the growing output: a pattern may match only once escape sequences have been taken out.
  async #when(look, ms) {
    const until = Date.now() + ms;
    while (!look()) {
      if (this.end) throw new Error('the shell has ended');
      if (Date.now() > until) throw new Error('too late');
      const rest = Math.min(200, Math.max(1, until - Date.now()));
      await Promise.race([this.waitForLog(/[^]/, rest, this.mark()).catch(() => {}), this.ended]);
    }
  }
}

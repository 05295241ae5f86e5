// The bot on a scripted IRC server that keeps a history (irc-server-history.mjs), in its channels.

import { startBot } from './bot.mjs';
import { keepHistory } from './irc-server-history.mjs';
import { WAIT_MS, within } from './process.mjs';

// limit, isupport, habits: of the history; caps, server: of the server; channels, gateway: of the gateway.
export async function begin({ limit, isupport, habits, caps, server: options, channels = ['#tv'], gateway } = {}) {
  const history = keepHistory({ limit, isupport, habits });
  const server = await history.start({ caps, ...options });
  const bot = await startBot({ config: { gateways: [server.gateway({ flood: 'none', channels, ...gateway })] } });
  return { history, server, bot, peer: await joined(server, channels) };
}

// The next connection that joins its channels; an earlier one may end with its process.
export async function joined(server, channels = ['#tv']) {
  for (;;) {
    const peer = await server.peer();
    try {
      await peer.expect((line) => line.verb === 'JOIN' && channels.every((name) => line.raw.includes(name)));
      await peer.sync();
      return peer;
    } catch (error) {
      if (!peer.isClosed) throw error;
    }
  }
}

// Wait for the bot's next line in an answer.
export function answering(history) {
  return within(WAIT_MS, 'an answer', new Promise((resolve) => { history.onSaid = resolve; }));
}

// The next process, with the state of the one that was killed or is running.
export async function restart(all) {
  if (!all.bot.end) await all.bot.killed();
  all.bot = await startBot({ config: all.bot.config });
  all.peer = await joined(all.server);
  await all.peer.sync();
}

export async function finish({ bot, server }) {
  await bot.stop();
  await server.stop();
}

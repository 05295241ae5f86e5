// Each question once, behind a real ZNC 1.8, which keeps what was asked while the bot was away.

import { startInspircd } from '../harness/inspircd.mjs';
import { testOnce } from '../harness/irc-once.mjs';
import { startZnc } from '../harness/znc.mjs';

testOnce('ZNC 1.8', async () => startZnc(await startInspircd()), { isBouncer: true });

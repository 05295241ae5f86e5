// Each question once, on a real ircd-hybrid 8.2: no labels, no echoes, no history.

import { startHybrid } from '../harness/hybrid.mjs';
import { testOnce } from '../harness/irc-once.mjs';

testOnce('ircd-hybrid 8.2', startHybrid);

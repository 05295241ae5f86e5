// Each question once, on a real irc2 2.11: no labels, no echoes, no history.

import { startIrc2 } from '../harness/irc2.mjs';
import { testOnce } from '../harness/irc-once.mjs';

testOnce('irc2 2.11', startIrc2);

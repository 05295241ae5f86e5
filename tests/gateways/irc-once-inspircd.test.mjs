// Each question once, on a real InspIRCd 3 with its default limits: labels and echoes, no history.

import { startInspircd } from '../harness/inspircd.mjs';
import { testOnce } from '../harness/irc-once.mjs';

testOnce('InspIRCd 3', () => startInspircd({ flood: 'default' }));

// Each question once, on a real ngIRCd 26: no labels, no echoes, no history.

import { startNgircd } from '../harness/ngircd.mjs';
import { testOnce } from '../harness/irc-once.mjs';

testOnce('ngIRCd 26', startNgircd);

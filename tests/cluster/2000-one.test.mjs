// Two thousand questions while processes are killed, stopped and cut off, and PostgreSQL is restarted: the first thousand.
// The longest tests have names that come first, so that the others run beside them.

import { testThousand } from './lib/thousand.mjs';

testThousand('a thousand questions over every misfortune: each answered once, and nobody speaks with a lost lease', 1);

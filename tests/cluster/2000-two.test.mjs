// Two thousand questions while processes are killed, stopped and cut off, and PostgreSQL is restarted: the second thousand.

import { testThousand } from './lib/thousand.mjs';

testThousand('another thousand questions over every misfortune: each answered once, and nobody speaks with a lost lease', 2);

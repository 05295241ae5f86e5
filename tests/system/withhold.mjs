// An IRC server on which a question stays open: it asks the first connection "!episode 5", and delivers nothing of the
// answer, nor a PONG or an ERROR after it. Later connections are served as usual. Run in the container's network with "nsenter --net".
//
// Prints "port N", "asked", "withheld" (an answer that was not delivered), "joined" and "answered TEXT" for each delivered one.
import { startIrcServer } from '../harness/irc-server.mjs';

const LIFE_MS = 300000;

let first;
let isAsked = false;
const server = await startIrcServer({
  on: {
    JOIN(peer) {
      first ??= peer;
      if (peer !== first) {
        console.log('joined');
        return true;
      }
      setTimeout(() => {
        isAsked = true;
        server.say('anna!anna@people.test', '#tv', '!episode 5');
        console.log('asked');
      }, 500);
      return true;
    },
    PING(peer) {
      return peer !== first || !isAsked;
    },
    QUIT(peer) {
      return peer !== first; // an ERROR in reply would confirm all lines before it
    },
    PRIVMSG(peer, line) {
      console.log(peer === first ? 'withheld' : `answered ${line.params[1]}`);
      return peer !== first;
    },
  },
});
console.log(`port ${server.port}`);
setTimeout(() => process.exit(1), LIFE_MS);
